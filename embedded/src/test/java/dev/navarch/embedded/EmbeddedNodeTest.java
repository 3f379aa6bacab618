package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a node can't be is said where it is asked for: a cluster would wait for it in vain. */
class EmbeddedNodeTest {
    private static final EmbeddedNode NODE = EmbeddedNode.of("n");

    private static void refused(ThrowingCallable asking, String message) {
        assertThatThrownBy(asking)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("node n can't have " + message);
    }

    @Test
    void labelsAreThoseOfTheApi() {
        refused(() -> NODE.withLabel("a b", "c"), "the label \"a b=c\": name part must consist of");
        refused(() -> NODE.withLabel("zone", "a/b"), "the label \"zone=a/b\": a valid label must");
    }

    @Test
    void taintsHaveAKeyAndAnEffect() {
        refused(() -> NODE.withTaint("gpu"), "the taint \"gpu\": it is not of the form key=value:NoSchedule");
        refused(() -> NODE.withTaint("gpu=true:Never"), "the taint \"gpu=true:Never\": it is not of the form");
        refused(() -> NODE.withTaint("=true:NoSchedule"), "the taint \"=true:NoSchedule\": name part must be");
        refused(
                () -> NODE.withTaint("gpu=a:NoSchedule").withTaint("gpu=b:NoSchedule"),
                "the taint \"gpu=b:NoSchedule\": another one has the same key and effect");
    }

    @Test
    void resourcesAreNamedAndNotLessThanNothing() {
        refused(() -> NODE.withCapacity("my gpu", "2"), "the resource \"my gpu\": name part must consist of");
        refused(() -> NODE.withCapacity("cpu", "-1"), "\"-1\" of cpu: that is less than nothing");
        refused(() -> NODE.withCapacity("pods", "1.5"), "\"1.5\" of pods: pods are a whole number");
        refused(() -> NODE.withDevices("gpu.example.com", -1), "-1 devices of gpu.example.com");
        refused(() -> NODE.withDevices("My GPU", 1), "devices of \"My GPU\": a lowercase RFC 1123 subdomain");
    }

    @Test
    void aClusterHasOneOfAName() {
        try (var cluster = EmbeddedCluster.builder().node(NODE).paused().start()) {
            assertThatThrownBy(() -> cluster.addNode(NODE))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("there is a node n already");
        }
    }
}
