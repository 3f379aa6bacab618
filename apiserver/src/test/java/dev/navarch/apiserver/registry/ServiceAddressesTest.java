package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServiceAddressesTest {
    private static final String SERVICES = "/api/v1/namespaces/default/services";

    private TestApi api = new TestApi("10.96.0.0/28");

    @AfterEach
    void close() {
        api.close();
    }

    private TestApi.Answer create(String name, String spec) {
        return api.post(
                SERVICES,
                "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"ports\":[{\"port\":80}]"
                        + (spec.isEmpty() ? "" : "," + spec) + "}}");
    }

    @Test
    void everyServiceHasAnAddressOfItsOwnUntilTheBlockIsFull() {
        Set<String> addresses = new HashSet<>();
        for (int i = 0; i < 14; i++) {
            var created = create("s" + i, "").expect(201);
            addresses.add(created.text("spec", "clusterIP"));
            assertThat(Tree.strings(created.json(), "spec", "clusterIPs"))
                    .containsExactly(created.text("spec", "clusterIP"));
            assertThat(created.text("spec", "ipFamilyPolicy")).isEqualTo("SingleStack");
        }
        assertThat(addresses).hasSize(14).doesNotContain("10.96.0.0", "10.96.0.15");
        assertThat(create("full", "").expect(500).message()).contains("range is full");
        api.delete(SERVICES + "/s3", "").expect(200);
        create("again", "").expect(201);
    }

    @Test
    void addressesThatAreAskedForMustBeFreeAndInTheBlock() {
        create("a", "\"clusterIP\":\"10.96.0.5\"").expect(201);
        assertThat(create("b", "\"clusterIP\":\"10.96.0.5\"").expect(422).message())
                .isEqualTo(
                        "Service \"b\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.5\"]: failed to allocate"
                                + " IP 10.96.0.5: provided IP is already allocated");
        assertThat(create("b", "\"clusterIP\":\"10.97.0.5\"").expect(422).message())
                .contains("The range of valid IPs is 10.96.0.0/28");
        create("b", "\"clusterIP\":\"nonsense\"").expect(422);
    }

    @Test
    void aFailedCreationGivesBackWhatItTook() {
        create("a", "").expect(201);
        for (int i = 0; i < 50; i++) {
            create("a", "").expect(409);
            create("b", "\"type\":\"NodePort\",\"sessionAffinity\":\"Sometimes\"")
                    .expect(422);
        }
        for (int i = 0; i < 13; i++) {
            create("s" + i, "").expect(201);
        }
    }

    @Test
    void headlessServicesHaveNone() {
        var created =
                create("a", "\"clusterIP\":\"None\",\"selector\":{\"x\":\"y\"}").expect(201);
        assertThat(Tree.strings(created.json(), "spec", "clusterIPs")).containsExactly("None");
    }

    @Test
    void nodePortsAreAllocatedKeptAndReleased() {
        var created = create("a", "\"type\":\"NodePort\"").expect(201).json();
        int port = created.at("/spec/ports/0/nodePort").intValue();
        assertThat(port).isBetween(30_000, 32_767);
        assertThat(api.post(
                                SERVICES,
                                "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80,"
                                        + "\"nodePort\":" + port + "}]}}")
                        .expect(422)
                        .message())
                .isEqualTo("Service \"b\" is invalid: spec.ports[0].nodePort: Invalid value: " + port
                        + ": provided port is already allocated");
        var replaced = api.put(
                        SERVICES + "/a",
                        "{\"metadata\":{\"name\":\"a\"},\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80}]}}")
                .expect(200)
                .json();
        assertThat(replaced.at("/spec/ports/0/nodePort").intValue()).isEqualTo(port);
        assertThat(replaced.at("/spec/clusterIP")).isEqualTo(created.at("/spec/clusterIP"));
        var plain = api.mergePatch(SERVICES + "/a", "{\"spec\":{\"type\":\"ClusterIP\"}}")
                .expect(200)
                .json();
        assertThat(plain.at("/spec/ports/0/nodePort").isMissingNode()).isTrue();
        api.post(
                        SERVICES,
                        "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80,"
                                + "\"nodePort\":" + port + "}]}}")
                .expect(201);
        assertThat(api.post(
                                SERVICES,
                                "{\"metadata\":{\"name\":\"c\"},\"spec\":{\"type\":\"NodePort\",\"ports\":[{\"port\":80,"
                                        + "\"nodePort\":80}]}}")
                        .expect(422)
                        .message())
                .contains("The range of valid ports is 30000-32767");
    }

    @Test
    void anAddressThatAServiceHasDoesNotChange() {
        create("a", "\"clusterIP\":\"10.96.0.5\"").expect(201);
        create("headless", "\"clusterIP\":\"None\",\"selector\":{\"a\":\"b\"}").expect(201);
        for (var other : new String[] {"10.96.0.1", "10.96.0.6"}) {
            for (var name : new String[] {"a", "headless"}) {
                var patch = "{\"spec\":{\"clusterIP\":\"" + other + "\",\"clusterIPs\":null}}";
                assertThat(api.mergePatch(SERVICES + "/" + name, patch)
                                .expect(422)
                                .message())
                        .contains("spec.clusterIPs[0]: Invalid value: [\"" + other + "\"]: may not change once set");
            }
        }
        create("b", "\"clusterIP\":\"10.96.0.6\"").expect(201);
    }

    @Test
    void anotherServerOverTheSameStoreKnowsWhatIsTaken() throws Exception {
        create("a", "\"clusterIP\":\"10.96.0.7\"").expect(201);
        try (var other = api.another("10.96.0.0/28")) {
            var body =
                    "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"clusterIP\":\"10.96.0.7\",\"ports\":[{\"port\":80}]}}";
            var request = TestApi.request("POST", SERVICES, body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> other.handle(request))
                    .hasMessageContaining("already allocated");
        }
    }
}
