#!/bin/sh
# Brings topics, users, rights and limits to what the ConfigMap kafka-setup and the Secret kafka-users
# say. Safe to run again, and while requests are under way: what is there is altered, not made anew;
# topics are never removed, and their partitions never become fewer.
set -eu

bin=${KAFKA_BIN:-/opt/kafka/bin}
users=${USERS_FOLDER:-/etc/kafka-users}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tool() {
  name=$1
  shift
  "$bin/$name.sh" --bootstrap-server "$BOOTSTRAP_SERVERS" "$@"
}

say() { echo "kafka-setup: $*"; }

wait_for_brokers() {
  until [ "$(count_brokers)" -ge "$BROKERS" ]; do
    say "waits until $BROKERS brokers answer at $BOOTSTRAP_SERVERS"
    sleep 2
  done
}

count_brokers() { tool kafka-broker-api-versions 2>/dev/null | grep -c '(id: ' || :; }

# make_topic NAME RETENTION_MS RETENTION_BYTES SEGMENT_BYTES PARTITIONS
make_topic() {
  topic=$1 partitions=$5
  # The age of a request is told by the broker's clock.
  settings="max.message.bytes=$MAX_MESSAGE_BYTES message.timestamp.type=LogAppendTime"
  settings="$settings min.insync.replicas=$MIN_INSYNC_REPLICAS"
  settings="$settings retention.ms=$2 retention.bytes=$3 segment.bytes=$4"
  present=$(sed -n "s/^Topic: ${topic}[[:space:]].*PartitionCount: \([0-9]*\).*/\1/p" "$work/topics")
  if [ -z "$present" ]; then
    say "topic $topic: made, $partitions partitions of $REPLICATION copies"
    set --
    for setting in $settings; do set -- "$@" --config "$setting"; done
    tool kafka-topics --create --if-not-exists --topic "$topic" \
      --partitions "$partitions" --replication-factor "$REPLICATION" "$@" >/dev/null
    return
  fi
  say "topic $topic: is there, $present partitions"
  if [ "$present" -lt "$partitions" ]; then
    say "topic $topic: grows to $partitions partitions"
    tool kafka-topics --alter --topic "$topic" --partitions "$partitions" >/dev/null
  fi
  tool kafka-configs --alter --entity-type topics --entity-name "$topic" \
    --add-config "$(echo "$settings" | tr ' ' ',')" >/dev/null
}

# A tier waits for its own topics only, and looks once for the others when it has those: so they come first.
# shellcheck disable=SC2153 # from the ConfigMap
make_topics() {
  tool kafka-topics --describe >"$work/topics"
  # One partition for each broker to lead: each has a clock of its own.
  make_topic "$CLOCK_TOPIC" "$RETENTION_MS" "$RETENTION_BYTES" "$SEGMENT_BYTES" "$BROKERS"
  for topic in $DEAD_LETTER_TOPICS; do
    make_topic "$topic" "$DEAD_LETTER_RETENTION_MS" "$DEAD_LETTER_RETENTION_BYTES" \
      "$DEAD_LETTER_SEGMENT_BYTES" "$PARTITIONS"
  done
  for topic in $TOPICS; do
    make_topic "$topic" "$RETENTION_MS" "$RETENTION_BYTES" "$SEGMENT_BYTES" "$PARTITIONS"
  done
}

# A user for each file in the Secret, its password inside; users that are not there any more go.
make_users() {
  for file in "$users"/*; do
    [ -f "$file" ] || continue
    user=$(basename "$file")
    # In a file, so that no password stands in the list of processes.
    printf 'SCRAM-SHA-512=iterations=8192,password=%s\n' "$(cat "$file")" >"$work/scram"
    say "user $user: password set"
    tool kafka-configs --alter --entity-type users --entity-name "$user" \
      --add-config-file "$work/scram" >/dev/null
  done
  tool kafka-configs --describe --entity-type users >"$work/users"
  sed -n "s/^SCRAM credential configs for user-principal '\(.*\)' are .*/\1/p" "$work/users" |
    while read -r user; do
      [ -f "$users/$user" ] && continue
      say "user $user: removed"
      tool kafka-configs --alter --entity-type users --entity-name "$user" \
        --delete-config SCRAM-SHA-512 >/dev/null </dev/null
    done
}

# ACCESS is a list of USER:REQUEST_TOPIC:REPLY_TOPIC, for those who come from outside.
grant_access() {
  for entry in $ACCESS; do
    user=${entry%%:*}
    topics=${entry#*:}
    requests=${topics%%:*}
    replies=${topics#*:}
    say "user $user: asks $requests, reads $replies"
    grant "$user" --operation Write --operation Describe --operation DescribeConfigs --topic "$requests"
    grant "$user" --operation Read --operation Describe --operation DescribeConfigs --topic "$replies"
    # Replies are read in no group; only who asks an original shows in one that it is alone with them.
    grant "$user" --operation Read --group "ddnn-json-front.$replies"
  done
}

grant() {
  user=$1
  shift
  tool kafka-acls --add --allow-principal "User:$user" "$@" >/dev/null
}

# So that no one client takes all: inside all are one user and told apart by client id.
set_limits() {
  say 'limits: set'
  inside="producer_byte_rate=$PRODUCER_BYTE_RATE,consumer_byte_rate=$CONSUMER_BYTE_RATE"
  inside="$inside,request_percentage=$REQUEST_PERCENTAGE"
  outside="producer_byte_rate=$OUTSIDE_PRODUCER_BYTE_RATE"
  outside="$outside,consumer_byte_rate=$OUTSIDE_CONSUMER_BYTE_RATE"
  outside="$outside,request_percentage=$OUTSIDE_REQUEST_PERCENTAGE"
  tool kafka-configs --alter --entity-type users --entity-name ANONYMOUS \
    --entity-type clients --entity-default --add-config "$inside" >/dev/null
  tool kafka-configs --alter --entity-type users --entity-default --add-config "$outside" >/dev/null
}

wait_for_brokers
make_topics
make_users
grant_access
set_limits
say 'done'
