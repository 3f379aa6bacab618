package dev.navarch.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

class SharedObjectsTest {
    private static final ResourceKind<Pod> PODS = ResourceKind.of(Pod.class);

    private final SharedObjects shared = new SharedObjects();

    private static String pod(String uid, String version, String node) {
        return """
            {"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","namespace":"d","labels":{"uid":"x"},\
            "uid":"%s","resourceVersion":"%s","managedFields":[{"manager":"m","fieldsV1":{"f:a":{}}}]},\
            "spec":{"nodeName":"%s","containers":[{"name":"c","image":"busybox"}]}}\
            """.formatted(uid, version, node);
    }

    private Pod read(String text) {
        return read(text, 0);
    }

    private Pod read(String text, int from) {
        return read(shared, text, from);
    }

    private static Pod read(SharedObjects shared, String text, int from) {
        var bytes = text.getBytes(UTF_8);
        try (var parser = Json.mapper().createParser(bytes)) {
            parser.nextToken();
            while (parser.currentTokenLocation().getByteOffset() < from) {
                parser.nextToken();
            }
            return shared.of(PODS).read(bytes, parser);
        }
    }

    @Test
    void anObjectThatIsSentTwiceIsThereOnce() {
        var first = read(pod("u", "7", "n"));
        var event = "{\"type\":\"ADDED\",\"object\":" + pod("u", "7", "n") + "}";

        assertThat(read(event, event.indexOf("{\"kind\""))).isSameAs(first);
    }

    @Test
    void anotherVersionOrUidIsAnotherObject() {
        var first = read(pod("u", "7", "n"));

        assertThat(read(pod("u", "8", "m")).getSpec().getNodeName()).isEqualTo("m");
        assertThat(read(pod("v", "7", "o")).getSpec().getNodeName()).isEqualTo("o");
        assertThat(first.getSpec().getNodeName()).isEqualTo("n");
    }

    @Test
    void aClusterThatBeginsAsAnotherSharesWithItWhatWasThereByThen() {
        var there = read(pod("u", "7", "n"));
        var fork = shared.from(7);
        var forkOfTheFork = fork.from(9);

        assertThat(read(fork, pod("u", "7", "n"), 0)).isSameAs(there);
        assertThat(read(forkOfTheFork, pod("u", "7", "n"), 0)).isSameAs(there);
        assertThat(read(fork, pod("v", "6", "n"), 0)).isSameAs(read(pod("v", "6", "n")));

        var mine = read(pod("u", "8", "m"));
        var theirs = read(fork, pod("u", "8", "o"), 0);
        assertThat(mine.getSpec().getNodeName()).isEqualTo("m");
        assertThat(theirs.getSpec().getNodeName()).isEqualTo("o");
        assertThat(read(forkOfTheFork, pod("u", "8", "o"), 0)).isSameAs(theirs);
    }

    @Test
    void whoLeftASelectionIsNotTakenForWhoIsThere() {
        var there = read(pod("u", "7", "n"));
        var bytes = pod("u", "7", "before").getBytes(UTF_8);
        try (var parser = Json.mapper().createParser(bytes)) {
            parser.nextToken();
            assertThat(shared.of(PODS).readAlone(parser).getSpec().getNodeName())
                    .isEqualTo("before");
        }
        assertThat(read(pod("u", "7", "n"))).isSameAs(there);
    }

    @Test
    void versionsThatAreNoNumbersAreNotShared() {
        assertThat(read(pod("u", "a-7", "n"))).isNotSameAs(read(pod("u", "a-7", "n")));
    }

    @Test
    void whatCannotBeReadIsNotHeld() {
        assertThatThrownBy(() -> read(pod("u", "7", "n").replace("\"containers\":[", "\"containers\":[7,")))
                .isInstanceOf(JacksonException.class);
        assertThat(shared.of(PODS).size()).isZero();
        assertThat(read(pod("u", "7", "n")).getSpec().getNodeName()).isEqualTo("n");
    }

    @Test
    void manyReadersAtOnceGetTheSameObject() throws Exception {
        Callable<Pod> reading = () -> read(pod("u", "7", "n"));
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var found = threads
                    .invokeAll(Stream.generate(() -> reading).limit(20).toList())
                    .stream()
                    .map(Future::resultNow)
                    .toList();
            assertThat(found).allSatisfy(p -> assertThat(p).isSameAs(found.getFirst()));
        }
    }

    @Test
    void ownersAreLeftOutAndCopiesCanBeChanged() {
        var object = read(pod("u", "7", "n"));

        assertThat(object.getMetadata().getManagedFields()).isEmpty();
        var copy = new PodBuilder(object)
                .editMetadata()
                .addToLabels("a", "b")
                .addToAnnotations("c", "d")
                .endMetadata()
                .editSpec()
                .addNewContainer()
                .withName("second")
                .endContainer()
                .addToNodeSelector("k", "v")
                .endSpec()
                .build();
        assertThat(copy.getMetadata().getLabels()).hasSize(2);
        assertThat(copy.getSpec().getContainers()).hasSize(2);
        copy.setAdditionalProperty("x", 1);
        assertThat(object.getMetadata().getLabels()).hasSize(1);
    }

    @Test
    void anObjectAndItsMetadataAloneShareThem() {
        var alone = ResourceKind.metadataOf("", "v1", "pods", "Pod", true);
        var text = pod("u", "7", "n")
                .replaceAll("\"kind\":\"Pod\",\"apiVersion\":\"v1\",", "")
                .getBytes(UTF_8);
        try (var first = Json.mapper().createParser(text);
                var second = Json.mapper().createParser(text)) {
            first.nextToken();
            second.nextToken();
            var metadata = shared.of(alone).read(text, first);
            var whole = shared.of(PODS).read(text, second);

            assertThat(metadata.getKind()).isEqualTo("Pod");
            assertThat(whole.getMetadata()).isSameAs(metadata.getMetadata());
        }
        var later = read(pod("w", "9", "n"));
        var bytes = pod("w", "9", "n").getBytes(UTF_8);
        try (var parser = Json.mapper().createParser(bytes)) {
            parser.nextToken();
            var metadata = shared.of(alone).read(bytes, parser);
            assertThat(metadata.getApiVersion()).isEqualTo("v1");
            assertThat(metadata.getMetadata()).isSameAs(later.getMetadata());
        }
    }

    @Test
    void textsThatRecurAreTheSame() {
        var one = read(pod("u", "7", "n")).getSpec().getContainers().getFirst();
        var other = read(pod("v", "8", "n")).getSpec().getContainers().getFirst();

        assertThat(one.getImage()).isSameAs(other.getImage());
    }
}
