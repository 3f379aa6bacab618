package dev.navarch.benchmarks;

import dev.navarch.api.BodyFormat;
import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ObjectEncoder;
import dev.navarch.api.ResourceType;
import dev.navarch.api.StoredJson;
import dev.navarch.api.kinds.KindRulesCatalogue;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.fields.FieldWriter;
import dev.navarch.apiserver.fields.Versions;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.SystemTime;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
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

/** What managed fields add to the writes of one pod of a usual size, and what an apply of it costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class ManagedFieldsBenchmark {
    private final ResourceType pods = Catalogue.builtIn().find("", "v1", "pods").orElseThrow();
    private final byte[] body = Requests.pod("benchmark", 300).getBytes(StandardCharsets.UTF_8);
    private final FieldManager fields = new FieldManager(
            "v1", "Pod", Versions.only("v1", pods.schema()), new FieldManager.Shared(new SystemTime()));
    private final FieldWriter creator = new FieldWriter("creator", "", UnaryOperator.identity());
    private final FieldWriter other = new FieldWriter("other", "", UnaryOperator.identity());
    private final ObjectNode nothing = Tree.object();
    private ObjectNode pod;
    private ObjectNode live;
    private ObjectNode changed;
    private ObjectNode config;

    @Setup
    public void prepare() {
        var decoder = new ObjectDecoder();
        pod = decoder.decode(body, BodyFormat.JSON, pods).tree();
        KindRulesCatalogue.builtIn().of(pods).defaults(pod);
        create();
        Meta.of(pod).put("uid", "1");
        live = (ObjectNode)
                StoredJson.read(new ObjectEncoder().encode(pod, pods.schema()).bytes());
        changed = pod.deepCopy();
        Tree.childObject(Meta.of(changed), "labels").put("changed", "true");
        config = decoder.decodeUntyped(body).tree().deepCopy();
        config.put("apiVersion", "v1").put("kind", "Pod");
    }

    @Benchmark
    public ObjectNode create() {
        Meta.of(pod).remove("managedFields");
        fields.update(nothing, pod, creator);
        return pod;
    }

    @Benchmark
    public ObjectNode update() {
        Meta.of(changed).remove("managedFields");
        fields.update(live, changed, other);
        return changed;
    }

    @Benchmark
    public ObjectNode apply() {
        return fields.apply(live, config, other, true);
    }
}
