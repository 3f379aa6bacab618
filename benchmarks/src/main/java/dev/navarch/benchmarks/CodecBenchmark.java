package dev.navarch.benchmarks;

import dev.navarch.api.BodyFormat;
import dev.navarch.api.Catalogue;
import dev.navarch.api.Decoded;
import dev.navarch.api.Encoded;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ResourceType;
import dev.navarch.api.kinds.KindRules;
import dev.navarch.api.kinds.KindRulesCatalogue;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import tools.jackson.databind.node.ObjectNode;

/** What decoding, defaulting and validating, and encoding of one pod of a usual size cost. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class CodecBenchmark {
    private final ResourceType pods = Catalogue.builtIn().find("", "v1", "pods").orElseThrow();
    private final ObjectDecoder decoder = new ObjectDecoder();
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final KindRules rules = KindRulesCatalogue.builtIn().of(pods);
    private final byte[] body = Requests.pod("benchmark", 300).getBytes(StandardCharsets.UTF_8);
    private ObjectNode tree;

    @Setup
    public void prepare() {
        tree = decode().tree();
        rules.defaults(tree);
        rules.prepareForCreate(tree);
    }

    @Benchmark
    public Decoded decode() {
        return decoder.decode(body, BodyFormat.JSON, pods);
    }

    @Benchmark
    public Object defaultAndValidate() {
        var copy = tree.deepCopy();
        rules.defaults(copy);
        return rules.validate(copy);
    }

    @Benchmark
    public Encoded encode() {
        return encoder.encode(tree, pods.schema());
    }
}
