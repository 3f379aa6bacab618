package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the server keeps right by itself; of several servers see {@code TwoServersIT}. */
class SystemObjectsTest {
    private static final String DEFAULT = "/api/v1/namespaces/default/";
    private static final String SERVICE = DEFAULT + "services/kubernetes";
    private static final String ENDPOINTS = DEFAULT + "endpoints/kubernetes";
    private static final String SLICES = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    private static final String LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
    /** Of the machine's name, as upstream makes it. */
    private static final String IDENTITY = "apiserver-ik4pcwfs7qgdl76byc4pomgvia";

    private static final String OF_ANOTHER_PORT = "apiserver-dyonnvdy24f6runhl4e65ix5ym";

    private final TestApi api = new TestApi("10.96.0.0/28");

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void theServiceIsKeptRight() {
        api.registry.advertise("machine", "192.0.2.1", 6443);

        var service = api.get(SERVICE).expect(200);
        assertThat(service.text("spec", "clusterIP")).isEqualTo("10.96.0.1");
        assertThat(service.json().at("/spec/ports/0/port").intValue()).isEqualTo(443);
        assertThat(service.json().at("/spec/ports/0/targetPort").intValue()).isEqualTo(6443);
        assertThat(api.get(ENDPOINTS)
                        .expect(200)
                        .json()
                        .at("/subsets/0/addresses/0/ip")
                        .stringValue())
                .isEqualTo("192.0.2.1");
        api.get(SLICES + "/kubernetes").expect(200);

        api.delete(SERVICE, "").expect(200);
        api.delete(ENDPOINTS, "").expect(200);
        api.pass(Duration.ofSeconds(10));
        assertThat(api.get(SERVICE).expect(200).text("spec", "clusterIP")).isEqualTo("10.96.0.1");
        var before = shown();
        api.pass(Duration.ofMinutes(1));
        assertThat(shown()).isEqualTo(before);
    }

    private List<String> shown() {
        return List.of(
                api.get(SERVICE).body(),
                api.get(ENDPOINTS).body(),
                api.get(SLICES + "/kubernetes").body());
    }

    @Test
    void aServerThatIsAloneForgetsItsFormerAddress() {
        api.registry.advertise("machine", "192.0.2.1", 6443);
        api.registry.advertise("machine", "192.0.2.2", 6444);
        assertThat(api.get(ENDPOINTS).body()).contains("192.0.2.2", "6444").doesNotContain("192.0.2.1", "6443");
        assertThat(api.get(SERVICE).json().at("/spec/ports/0/targetPort").intValue())
                .isEqualTo(6444);
        assertThat(api.get(SLICES).json().path("items").size()).isEqualTo(1);
    }

    @Test
    void theLastServerLeavesItsAddress() {
        api.registry.advertise("machine", "192.0.2.1", 6443);
        api.registry.withdraw();
        assertThat(api.get(ENDPOINTS).body()).contains("192.0.2.1");
    }

    @Test
    void aLeaseShowsTheServer() {
        api.registry.advertise("machine", "192.0.2.1", 6443);
        var lease = api.get(LEASES + "/" + IDENTITY).expect(200).json();
        assertThat(Tree.text(lease, "metadata", "labels", "apiserver.kubernetes.io/identity"))
                .isEqualTo("kube-apiserver");
        assertThat(Tree.text(lease, "metadata", "labels", "kubernetes.io/hostname"))
                .isEqualTo("machine");
        assertThat(Tree.text(lease, "spec", "holderIdentity")).startsWith(IDENTITY + "_");
        assertThat(Tree.number(lease, 0, "spec", "leaseDurationSeconds")).isEqualTo(3_600);
        var renewed = Tree.text(lease, "spec", "renewTime");
        api.pass(Duration.ofSeconds(10));
        assertThat(Tree.text(api.get(LEASES + "/" + IDENTITY).json(), "spec", "renewTime"))
                .isGreaterThan(renewed);
        api.registry.advertise("machine", "192.0.2.1", 7443);
        api.get(LEASES + "/" + OF_ANOTHER_PORT).expect(200);
    }

    /** As leader election does when a leader ends in order (source: client-go tools/leaderelection, release). */
    @Test
    void aLeaseMayBeGivenBack() {
        api.post(LEASES, "{\"metadata\":{\"name\":\"x\"},\"spec\":{\"holderIdentity\":\"a\"}}")
                .expect(201);
        api.mergePatch(LEASES + "/x", "{\"spec\":{\"holderIdentity\":\"\",\"leaseDurationSeconds\":1}}")
                .expect(200);
    }

    @Test
    void leasesOfServersThatAreNoMoreAreRemoved() {
        var old = "{\"metadata\":{\"name\":\"%s\",\"labels\":{%s}},\"spec\":{\"holderIdentity\":\"x\","
                + "\"leaseDurationSeconds\":3600,\"renewTime\":\"2026-01-01T00:00:00.000000Z\"}}";
        var label = "\"apiserver.kubernetes.io/identity\":\"kube-apiserver\"";
        api.post(LEASES, old.formatted("apiserver-gone", label)).expect(201);
        api.post(LEASES, old.formatted("something-else", "")).expect(201);
        api.registry.advertise("machine", "192.0.2.1", 6443);
        api.get(LEASES + "/apiserver-gone").expect(404);
        api.get(LEASES + "/something-else").expect(200);
        api.get(LEASES + "/" + IDENTITY).expect(200);
    }
}
