// The service kafka of compose.yaml: one broker that is its own controller, for a machine to try things on. A test
// holds it equal to that file's.

export const composeKafka = {
  image: 'apache/kafka:4.4.0',
  restart: 'unless-stopped',
  stop_grace_period: '60s',
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  environment: {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'INSIDE',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'INSIDE:PLAINTEXT,OUTSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_LISTENERS: 'INSIDE://:9092,CONTROLLER://:9093,OUTSIDE://:9094',
    // A device outside asks OUTSIDE, by the name that it reaches this machine by.
    KAFKA_ADVERTISED_LISTENERS: 'INSIDE://kafka:9092,OUTSIDE://${OUTSIDE_HOST:-localhost}:9094',
    KAFKA_LOG_DIRS: '/var/lib/kafka/data',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR: '1',
    // Tiers make the topics that they need, sized for their models.
    KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
    // A tier that starts or leaves changes its group at once.
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
    KAFKA_HEAP_OPTS: '-Xms256m -Xmx512m',
  },
  // Without a password: for this machine alone, unless OUTSIDE_BIND says otherwise.
  ports: ['${OUTSIDE_BIND:-127.0.0.1}:9094:9094'],
  volumes: ['kafka-data:/var/lib/kafka/data'],
  healthcheck: {
    // The broker listens once it has joined its controller.
    test: ['CMD', 'bash', '-c', ': </dev/tcp/localhost/9092'],
    ...{ interval: '3s', timeout: '5s', start_period: '60s', retries: 6 },
  },
}
