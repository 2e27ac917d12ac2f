#!/bin/sh
# Runs a class of Kafka's with the settings that Kafka's own scripts take from the environment. CLASSPATH
# names its jars.
: "${LOG_DIR:=/opt/kafka/logs}" "${KAFKA_HEAP_OPTS:=-Xmx256M}" "${KAFKA_LOG4J_OPTS:=-Dlog4j2.configurationFile=/opt/kafka/config/tools-log4j2.yaml}"
[ -d "$LOG_DIR" ] || mkdir -p "$LOG_DIR" || exit
# The image has its classes loaded in advance; less compiling makes up for some of that.
fast=${KAFKA_JVM_PERFORMANCE_OPTS:--XX:TieredStopAtLevel=1 -XX:+UseSerialGC}
# shellcheck disable=SC2086 # lists of options
exec java $KAFKA_HEAP_OPTS $fast ${KAFKA_GC_LOG_OPTS-} ${KAFKA_JMX_OPTS-} $KAFKA_LOG4J_OPTS -Dkafka.logs.dir="$LOG_DIR" ${KAFKA_OPTS-} "$@"
