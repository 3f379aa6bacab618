package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServiceAddressObjectsTest {
    private static final String SERVICES = "/api/v1/namespaces/default/services";
    private static final String ADDRESSES = "/apis/networking.k8s.io/v1/ipaddresses";

    private final TestApi api = new TestApi("10.96.0.0/29");

    @AfterEach
    void close() {
        api.close();
    }

    private String create(String name, String more) {
        return api.post(SERVICES, """
            {"metadata":{"name":"%s"},"spec":{"ports":[{"port":80}]%s}}\
            """.formatted(name, more)).expect(201).text("spec", "clusterIP");
    }

    private int addresses() {
        return api.get(ADDRESSES).json().path("items").size();
    }

    @Test
    void everyAddressOfAServiceIsAnObject() {
        var address = create("s", "");
        var object = api.get(ADDRESSES + "/" + address).expect(200);
        assertThat(object.json().at("/spec/parentRef"))
                .hasToString("{\"resource\":\"services\",\"namespace\":\"default\",\"name\":\"s\"}");
        assertThat(object.text("metadata", "labels", "ipaddress.kubernetes.io/managed-by"))
                .isEqualTo("ipallocator.k8s.io");
        assertThat(object.text("metadata", "labels", "ipaddress.kubernetes.io/ip-family"))
                .isEqualTo("IPv4");
        create("headless", ",\"clusterIP\":\"None\"");
        assertThat(addresses()).isEqualTo(1);
        api.mergePatch(SERVICES + "/s", "{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"x.io\"}}")
                .expect(200);
        assertThat(addresses()).isZero();
        api.mergePatch(SERVICES + "/s", "{\"spec\":{\"type\":\"ClusterIP\",\"externalName\":null}}")
                .expect(200);
        assertThat(addresses()).isEqualTo(1);
        api.delete(SERVICES + "/s", "").expect(200);
        assertThat(addresses()).isZero();
    }

    @Test
    void whatCameToNothingLeavesNoObject() {
        api.post(SERVICES + "?dryRun=All", "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":80}]}}")
                .expect(201);
        api.post(SERVICES, "{\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":0}]}}")
                .expect(422);
        assertThat(addresses()).isZero();
    }

    @Test
    void anAddressThatSomebodyElseHoldsIsNotGiven() {
        for (int i = 1; i < 6; i++) {
            api.post(ADDRESSES, """
                {"metadata":{"name":"10.96.0.%d"},"spec":{"parentRef":{"resource":"things","name":"t"}}}\
                """.formatted(i)).expect(201);
        }
        assertThat(create("s", "")).isEqualTo("10.96.0.6");
        var refused = api.post(SERVICES, """
            {"metadata":{"name":"t"},"spec":{"clusterIP":"10.96.0.3","ports":[{"port":80}]}}\
            """).expect(422);
        assertThat(refused.message()).contains("failed to allocate IP 10.96.0.3: provided IP is already allocated");
        api.delete(ADDRESSES + "/10.96.0.3", "").expect(200);
        assertThat(create("t", ",\"clusterIP\":\"10.96.0.3\"")).isEqualTo("10.96.0.3");
    }

    @Test
    void objectsThatAreMissingOrLeftOverArePutRight() {
        var address = create("s", "");
        api.delete(ADDRESSES + "/" + address, "").expect(200);
        api.post(ADDRESSES, """
            {"metadata":{"name":"10.96.0.77","labels":{"ipaddress.kubernetes.io/managed-by":"ipallocator.k8s.io"}},
            "spec":{"parentRef":{"resource":"services","namespace":"default","name":"gone"}}}\
            """).expect(201);
        api.pass(Duration.ofMinutes(3));
        api.get(ADDRESSES + "/" + address).expect(200);
        api.get(ADDRESSES + "/10.96.0.77").expect(404);
    }

    private void block(String name, String cidr, String ready) {
        var blocks = "/apis/networking.k8s.io/v1/servicecidrs";
        api.post(blocks, "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"cidrs\":[\"" + cidr + "\"]}}")
                .expect(201);
        ready(name, ready);
    }

    private void ready(String name, String ready) {
        api.mergePatch(
                        "/apis/networking.k8s.io/v1/servicecidrs/" + name + "/status",
                        "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"" + ready
                                + "\",\"reason\":\"x\",\"message\":\"\",\"lastTransitionTime\":\"2026-01-01T00:00:00Z\"}]}}")
                .expect(200);
    }

    private void refused(String name, String address, String why) {
        assertThat(api.post(SERVICES, """
            {"metadata":{"name":"%s"},"spec":{"clusterIP":"%s","ports":[{"port":80}]}}\
            """.formatted(name, address)).expect(422).message())
                .contains(why);
    }

    @Test
    void otherBlocksAreGivenFromOnceTheyAreReady() {
        block("more", "10.200.0.0/29", "False");
        for (int i = 0; i < 6; i++) {
            assertThat(create("a" + i, "")).startsWith("10.96.0.");
        }
        refused("b", "10.200.0.3", "provided IP is not in the valid range");
        assertThat(api.post(SERVICES, "{\"metadata\":{\"name\":\"b\"},\"spec\":{\"ports\":[{\"port\":80}]}}")
                        .expect(500)
                        .message())
                .contains("range is full");
        ready("more", "True");
        assertThat(create("b", ",\"clusterIP\":\"10.200.0.3\"")).isEqualTo("10.200.0.3");
        refused("c", "10.200.0.3", "provided IP is already allocated");
        refused("c", "10.200.0.7", "provided IP is not in the valid range");
        for (int i = 0; i < 5; i++) {
            assertThat(create("c" + i, "")).startsWith("10.200.0.").isNotEqualTo("10.200.0.3");
        }
        assertThat(addresses()).isEqualTo(12);
        api.delete(SERVICES + "/b", "").expect(200);
        assertThat(create("d", "")).isEqualTo("10.200.0.3");
    }

    @Test
    void anAddressOfTwoBlocksIsGivenOnce() {
        assertThat(create("a", ",\"clusterIP\":\"10.96.0.3\"")).isEqualTo("10.96.0.3");
        block("wider", "10.96.0.0/28", "True");
        for (int i = 0; i < 13; i++) {
            create("b" + i, "");
        }
        assertThat(addresses()).isEqualTo(14);
        refused("c", "10.96.0.3", "provided IP is already allocated");
        api.delete(SERVICES + "/a", "").expect(200);
        assertThat(create("c", "")).isEqualTo("10.96.0.3");
    }

    @Test
    void theBlockIsAnObjectToo() {
        var block =
                api.get("/apis/networking.k8s.io/v1/servicecidrs/kubernetes").expect(200);
        assertThat(block.json().at("/spec/cidrs/0").stringValue()).isEqualTo("10.96.0.0/29");
        assertThat(block.json().at("/status/conditions/0/type").stringValue()).isEqualTo("Ready");
        assertThat(block.json().at("/status/conditions/0/status").stringValue()).isEqualTo("True");
    }
}
