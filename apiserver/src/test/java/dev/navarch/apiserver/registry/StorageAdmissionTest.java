package dev.navarch.apiserver.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StorageAdmissionTest {
    private static final String CLAIMS = "/api/v1/namespaces/default/persistentvolumeclaims";

    private final TestApi api = new TestApi();

    @AfterEach
    void close() {
        api.close();
    }

    private void storageClass(String name, String isDefault, boolean grows) {
        api.post(
                        "/apis/storage.k8s.io/v1/storageclasses",
                        "{\"metadata\":{\"name\":\"" + name
                                + "\",\"annotations\":{\"storageclass.kubernetes.io/is-default-class\":\"" + isDefault
                                + "\"}},\"provisioner\":\"example.com/p\",\"allowVolumeExpansion\":" + grows + "}")
                .expect(201);
    }

    private static String claim(String name, String more) {
        return "{\"metadata\":{\"name\":\"" + name + "\"},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],"
                + "\"resources\":{\"requests\":{\"storage\":\"1Gi\"}}" + more + "}}";
    }

    private TestApi.Answer patch(String claim, String body) {
        return api.send("PATCH", CLAIMS + "/" + claim, body, "Content-Type", "application/merge-patch+json");
    }

    @Test
    void aClaimWithoutAClassGetsTheDefaultOne() {
        api.post(CLAIMS, claim("before", "")).expect(201);
        storageClass("slow", "false", false);
        storageClass("b", "true", false);
        storageClass("a", "true", false);
        assertThat(api.post(CLAIMS, claim("now", ""))
                        .expect(201)
                        .json()
                        .at("/spec/storageClassName")
                        .asString())
                .as("of one age the first by name")
                .isEqualTo("a");
        assertThat(api.post(CLAIMS, claim("none", ",\"storageClassName\":\"\""))
                        .expect(201)
                        .json()
                        .at("/spec/storageClassName")
                        .asString())
                .isEmpty();
        assertThat(api.get(CLAIMS + "/before").expect(200).json().at("/spec").has("storageClassName"))
                .isFalse();
    }

    @Test
    void claimsAndVolumesAreProtectedFromTheStart() {
        assertThat(api.post(CLAIMS, claim("c", ""))
                        .expect(201)
                        .json()
                        .at("/metadata/finalizers")
                        .toString())
                .isEqualTo("[\"kubernetes.io/pvc-protection\"]");
        assertThat(api.post(
                                "/api/v1/persistentvolumes",
                                "{\"metadata\":{\"name\":\"v\",\"finalizers\":[\"kubernetes.io/pv-protection\"]},"
                                        + "\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"capacity\":{\"storage\":\"1Gi\"},"
                                        + "\"hostPath\":{\"path\":\"/tmp/v\"}}}")
                        .expect(201)
                        .json()
                        .at("/metadata/finalizers")
                        .toString())
                .isEqualTo("[\"kubernetes.io/pv-protection\"]");
        assertThat(api.post(
                                "/apis/storage.k8s.io/v1/volumeattributesclasses",
                                "{\"metadata\":{\"name\":\"fast\"},\"driverName\":\"d.example.com\",\"parameters\":{\"iops\":\"9\"}}")
                        .expect(201)
                        .json()
                        .at("/metadata/finalizers")
                        .toString())
                .isEqualTo("[\"kubernetes.io/vac-protection\"]");
    }

    @Test
    void aClaimGrowsWhenItIsBoundAndItsClassAllowsIt() {
        storageClass("grows", "false", true);
        storageClass("stays", "false", false);
        var patch = "{\"spec\":{\"resources\":{\"requests\":{\"storage\":\"2Gi\"}}}}";
        for (var name : new String[] {"grows", "stays"}) {
            api.post(CLAIMS, claim(name, ",\"storageClassName\":\"" + name + "\""))
                    .expect(201);
            assertThat(patch(name, patch).expect(422).message()).contains("spec is immutable after creation");
            patch(name, "{\"spec\":{\"volumeName\":\"v-" + name + "\"}}").expect(200);
            patch(name + "/status", "{\"status\":{\"phase\":\"Bound\",\"capacity\":{\"storage\":\"1Gi\"}}}")
                    .expect(200);
        }
        patch("grows", patch).expect(200);
        assertThat(patch("stays", patch).expect(403).message())
                .isEqualTo("persistentvolumeclaims \"stays\" is forbidden: only dynamically provisioned pvc can be"
                        + " resized and the storageclass that provisions the pvc must support resize");
    }
}
