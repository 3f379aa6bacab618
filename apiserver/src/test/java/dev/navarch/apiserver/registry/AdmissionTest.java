package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final String PODS = "/api/v1/namespaces/default/pods";
    private static final String CLASSES = "/apis/scheduling.k8s.io/v1/priorityclasses";

    private final TestApi api = new TestApi();

    @BeforeEach
    void account() {
        api.post(
                        "/api/v1/namespaces/default/serviceaccounts",
                        "{\"metadata\":{\"name\":\"default\"},\"imagePullSecrets\":[{\"name\":\"registry\"}]}")
                .expect(201);
    }

    @AfterEach
    void close() {
        api.close();
    }

    private TestApi.Answer pod(String name, String more) {
        return api.post(
                PODS,
                "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]"
                        + more + "}}");
    }

    private void priorityClass(String name, int value, boolean byDefault) {
        api.post(
                        CLASSES,
                        "{\"metadata\":{\"name\":\"" + name + "\"},\"value\":" + value + ",\"globalDefault\":"
                                + byDefault + "}")
                .expect(201);
    }

    @Test
    void classesBecomePriorities() {
        priorityClass("high", 1000, false);
        assertThat(pod("a", ",\"priorityClassName\":\"high\"").expect(201).text("spec", "priority"))
                .isEqualTo("1000");
        assertThat(pod("b", ",\"priorityClassName\":\"system-node-critical\"")
                        .expect(201)
                        .text("spec", "priority"))
                .isEqualTo("2000001000");
        assertThat(pod("c", ",\"priorityClassName\":\"none\"").expect(403).message())
                .contains("no PriorityClass with name none was found");
        assertThat(pod("d", ",\"priority\":7").expect(403).message())
                .contains("the integer value of priority (7) must not be provided in pod spec");
    }

    @Test
    void aDefaultClassIsForPodsThatNameNone() {
        priorityClass("usual", 10, true);
        var pod = pod("a", "").expect(201);
        assertThat(pod.text("spec", "priority")).isEqualTo("10");
        assertThat(pod.text("spec", "priorityClassName")).isEqualTo("usual");
        assertThat(pod.text("spec", "preemptionPolicy")).isEqualTo("PreemptLowerPriority");
    }

    @Test
    void podsMayDoWithoutAToken() {
        var pod = pod("a", ",\"automountServiceAccountToken\":false").expect(201);
        assertThat(Tree.objects(pod.json(), "spec", "volumes")).isEmpty();
        assertThat(pod.json().at("/spec/imagePullSecrets/0/name").stringValue()).isEqualTo("registry");
    }

    @Test
    void ownTolerationsStand() {
        var pod = pod(
                        "a",
                        ",\"tolerations\":[{\"key\":\"node.kubernetes.io/not-ready\",\"operator\":\"Exists\",\"effect\":"
                                + "\"NoExecute\",\"tolerationSeconds\":5}]")
                .expect(201);
        var tolerations = Tree.objects(pod.json(), "spec", "tolerations");
        assertThat(tolerations).hasSize(2);
        assertThat(tolerations.getFirst().get("tolerationSeconds").intValue()).isEqualTo(5);
        assertThat(Tree.text(tolerations.getLast(), "key")).isEqualTo("node.kubernetes.io/unreachable");
    }

    @Test
    void anUpdateThatLeavesOutThePriorityKeepsIt() {
        priorityClass("high", 1000, false);
        var pod = pod("a", ",\"priorityClassName\":\"high\"").expect(201).json();
        Tree.childObject(pod, "spec").remove("priority");
        assertThat(api.put(PODS + "/a", pod.toString()).expect(200).text("spec", "priority"))
                .isEqualTo("1000");
    }
}
