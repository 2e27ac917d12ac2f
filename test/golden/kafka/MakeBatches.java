// Makes batches.json: one record batch in each codec, written by Kafka's own client library. Run with
// java -cp 'KAFKA_LIBS/*' test/golden/kafka/MakeBatches.java > test/golden/kafka/batches.json
// (a JDK; KAFKA_LIBS is the folder of jars that scripts/install-kafka.mjs makes).
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.record.internal.*;

public class MakeBatches {

  public static void main(String[] args) {
    StringBuilder json = new StringBuilder("{\n");
    for (CompressionType type : CompressionType.values()) {
      ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
      MemoryRecordsBuilder builder = MemoryRecords.builder(
          buffer, RecordBatch.MAGIC_VALUE_V2, Compression.of(type).build(), TimestampType.CREATE_TIME, 1000L);
      int records = type == CompressionType.NONE ? 9 : 60;
      for (int i = 0; i < records; i++) {
        byte[] key = i % 2 == 0 ? bytes("key " + i) : null;
        byte[] value = i == 7 ? null : bytes(("reading " + i * i + " of the sensor; ").repeat(100));
        Header[] headers = { new RecordHeader("index", bytes("" + i)), new RecordHeader("none", (byte[]) null) };
        builder.append(1700000000000L + 1000L * i * i, key, value, headers);
      }
      ByteBuffer built = builder.build().buffer();
      byte[] out = new byte[built.remaining()];
      built.get(out);
      if (json.length() > 2) json.append(",\n");
      json.append("  \"").append(type.name).append("\": \"")
          .append(Base64.getEncoder().encodeToString(out)).append("\"");
    }
    System.out.println(json.append("\n}"));
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
