package dev.navarch.controllers.daemonset;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.controllers.history.Revision;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.DaemonSetBuilder;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decisions about daemons, each after a behaviour of upstream's pkg/controller/daemon. */
class DaemonPlanTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static DaemonSet set(Object surge, Object unavailable) {
        return new DaemonSetBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName("agent")
                .endMetadata()
                .withNewSpec()
                .withNewUpdateStrategy()
                .withType("RollingUpdate")
                .withNewRollingUpdate()
                .withNewMaxSurge(surge)
                .withNewMaxUnavailable(unavailable)
                .endRollingUpdate()
                .endUpdateStrategy()
                .withNewTemplate()
                .withNewSpec()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
    }

    /** @param taint none if empty */
    private static Node node(String name, String taint) {
        var node =
                new NodeBuilder().withNewMetadata().withName(name).endMetadata().withNewSpec();
        if (!taint.isEmpty()) {
            node.addNewTaint().withKey("k").withEffect(taint).endTaint();
        }
        return node.endSpec().build();
    }

    private static Pod pod(String node, String hash, boolean ready) {
        return new PodBuilder()
                .withNewMetadata()
                .withNamespace("d")
                .withName(node + "-" + hash)
                .addToLabels(Revision.POD_LABEL, hash)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .endSpec()
                .withNewStatus()
                .withPhase("Running")
                .addNewCondition()
                .withType("Ready")
                .withStatus(ready ? "True" : "False")
                .endCondition()
                .endStatus()
                .build();
    }

    private static List<String> names(List<Pod> pods) {
        return pods.stream().map(p -> p.getMetadata().getName()).toList();
    }

    /** @param pods such as {@code a:old} of node a, with an exclamation mark if it is not ready */
    private static List<Pod> pods(String pods) {
        return Stream.of(pods.split(" "))
                .map(text -> {
                    var parts = text.replace("!", "").split(":");
                    return pod(parts[0], parts[1], !text.endsWith("!"));
                })
                .toList();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // unavailable | pods | deleted
                "1 | a:old b:old c:old | a-old",
                "2 | a:old b:old c:old | a-old b-old",
                "1 | a:new b:old c:old | b-old",
                "1 | a:new! b:old c:old | ",
                "1 | a:old! b:old c:old | a-old", // what serves nobody goes, and is all that may be missing
                "1 | a:old! b:old! c:old | a-old b-old",
                "2 | a:old! b:old c:old | a-old b-old",
                "1 | a:old b:old | ", // c has none: managing comes first
                "50% | a:old b:old c:old | a-old b-old",
                "0 | a:old b:old c:old | a-old", // or nothing would ever move
            })
    void podsAreReplacedAsFarAsTheyMayBeMissing(String unavailable, String pods, String deleted) {
        Object budget = unavailable.endsWith("%") ? unavailable : Integer.valueOf(unavailable);
        var nodes = List.of(node("a", ""), node("b", ""), node("c", ""));
        var work = new DaemonPlan(set(0, budget), "new", nodes, pods(pods), NOW).roll();
        assertThat(work.create()).isEmpty();
        assertThat(String.join(" ", names(work.delete()))).isEqualTo(deleted == null ? "" : deleted);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // surge | pods | started on | deleted
                "1 | a:old b:old c:old | a |",
                "2 | a:old b:old c:old | a b |",
                "1 | a:old a:new! b:old c:old | |", // a new one is on its way
                "1 | a:old a:new b:old c:old | b | a-old",
                "1 | a:old! b:old c:old | a b |", // one that serves nobody costs nothing
            })
    void newPodsStartBesideOldOnes(int surge, String pods, String started, String deleted) {
        var nodes = List.of(node("a", ""), node("b", ""), node("c", ""));
        var work = new DaemonPlan(set(surge, 0), "new", nodes, pods(pods), NOW).roll();
        assertThat(String.join(" ", work.create().stream().sorted().toList()))
                .isEqualTo(started == null ? "" : started);
        assertThat(String.join(" ", names(work.delete()))).isEqualTo(deleted == null ? "" : deleted);
    }

    @Test
    void anOldPodWhereNoneShouldStartStaysWhileItIsNeededUnlessItServesNobody() {
        var nodes = List.of(node("a", "NoSchedule"), node("b", ""));
        var alone = new DaemonPlan(set(1, 0), "new", nodes, pods("a:old b:new!"), NOW).roll();
        assertThat(alone.delete()).isEmpty();
        var served = new DaemonPlan(set(1, 0), "new", nodes, pods("a:old b:new"), NOW).roll();
        assertThat(names(served.delete())).containsExactly("a-old");
        var broken = new DaemonPlan(set(1, 0), "new", nodes, pods("a:old! b:new!"), NOW).roll();
        assertThat(names(broken.delete())).containsExactly("a-old");
    }

    @Test
    void whatIsReportedCountsNodesNotPods() {
        var nodes = List.of(node("a", ""), node("b", ""), node("c", "NoSchedule"), node("e", ""));
        var status = new DaemonPlan(set(0, 1), "new", nodes, pods("a:new b:old! c:old"), NOW).status(7L, 0);
        assertThat(status.getDesiredNumberScheduled()).isEqualTo(3);
        assertThat(status.getCurrentNumberScheduled()).isEqualTo(2);
        assertThat(status.getNumberMisscheduled()).isEqualTo(1);
        assertThat(status.getNumberReady()).isEqualTo(1);
        assertThat(status.getUpdatedNumberScheduled()).isEqualTo(1);
        assertThat(status.getNumberAvailable()).isEqualTo(1);
        assertThat(status.getNumberUnavailable()).isEqualTo(2);
        assertThat(status.getObservedGeneration()).isEqualTo(7);
    }
}
