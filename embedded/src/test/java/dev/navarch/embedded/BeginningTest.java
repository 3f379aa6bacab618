package dev.navarch.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Json;
import dev.navarch.client.SharedObjects;
import dev.navarch.storage.Entry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * {@code beginning.txt} is what a cluster comes to that begins with nothing. With {@code BEGINNING=write} in its environment it
 * writes the file.
 */
class BeginningTest {
    private static final Instant MADE = Instant.parse("2026-01-01T00:00:00Z");
    private static final Path FILE = Path.of("src/main/resources/dev/navarch/embedded/beginning.txt");

    /** Resources whose objects are alike in all clusters; others have addresses, keys or dates, or are of nodes. */
    private static final Set<String> ALIKE = Set.of(
            "apiregistration.k8s.io/apiservices",
            "core/namespaces",
            "core/serviceaccounts",
            "flowcontrol.apiserver.k8s.io/flowschemas",
            "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations",
            "networking.k8s.io/servicecidrs",
            "rbac.authorization.k8s.io/clusterrolebindings",
            "rbac.authorization.k8s.io/clusterroles",
            "rbac.authorization.k8s.io/rolebindings",
            "rbac.authorization.k8s.io/roles",
            "storage.k8s.io/storageclasses");

    @Test
    void theFileIsWhatAClusterMakesForItself() throws Exception {
        List<String> lines = new ArrayList<>();
        try (var cluster = withNothing()) {
            cluster.awaitIdle();
            for (var entry : cluster.snapshot().store().orElseThrow().entries()) {
                var key = entry.key().split("/", 5);
                if (ALIKE.contains(key[2] + "/" + key[3])) {
                    lines.add(line(entry));
                }
            }
        }
        if ("write".equals(System.getenv("BEGINNING"))) {
            Files.createDirectories(FILE.getParent());
            Files.writeString(FILE, String.join("", lines));
        }
        assertThat(Files.readString(FILE).lines())
                .as("beginning.txt; to be written anew by this test with BEGINNING=write in the environment")
                .containsExactlyElementsOf(String.join("", lines).lines().toList());
    }

    @Test
    void aNewClusterHasItWithTimesAndUidsOfItsOwn() {
        var now = Instant.parse("2031-05-06T07:08:09.123Z");
        var entries = Beginning.state(1, now).entries();
        assertThat(entries).hasSizeGreaterThan(100);
        for (var entry : entries) {
            var object = Json.mapper().readTree(entry.value());
            assertThat(object.at("/metadata/creationTimestamp").asString()).isEqualTo("2031-05-06T07:08:09Z");
            assertThat(object.at("/metadata/resourceVersion").asString()).isEqualTo("" + entry.revision());
            assertThat(object.toString()).doesNotContain("2026-01-01");
        }
        assertThat(uids(entries)).hasSameSizeAs(entries);
        assertThat(uids(Beginning.state(1, now).entries())).isEqualTo(uids(entries));
        assertThat(uids(Beginning.state(2, now).entries())).doesNotContainAnyElementsOf(uids(entries));
    }

    private static Set<String> uids(List<Entry> entries) {
        return entries.stream()
                .map(entry -> Json.mapper()
                        .readTree(entry.value())
                        .at("/metadata/uid")
                        .asString())
                .collect(Collectors.toSet());
    }

    @Test
    void itsHistoryIsThatTheServerMadeIt() {
        try (var cluster =
                EmbeddedCluster.builder().nodes(0).startsAt(MADE).paused().start()) {
            assertThat(cluster.history("rbac.authorization.k8s.io/v1", "ClusterRole", "", "view"))
                    .singleElement()
                    .satisfies(made -> {
                        assertThat(made.at()).isEqualTo(MADE);
                        assertThat(made.by()).isEmpty();
                        assertThat(made.diff()).isNotEmpty();
                    });
        }
    }

    private static EmbeddedCluster withNothing() throws Exception {
        return EmbeddedCluster.from(new ClusterSnapshot(
                new ClusterSettings(1, "", Optional.empty(), Optional.empty()),
                new EmbeddedCertificates(),
                MADE,
                true,
                Optional.empty(),
                ClusterSnapshot.Origin.NEW,
                List.of(),
                Path.of(""),
                List.of(),
                new PodScripts(),
                SharedObjects::new));
    }

    private static String line(Entry entry) {
        var value = new String(entry.value(), StandardCharsets.UTF_8);
        int at = entry.revisionAt();
        int digits = Long.toString(entry.revision()).length();
        var text = value.substring(0, at) + value.substring(at + digits);
        assertThat(text).as("offsets count bytes").hasSize(text.getBytes(StandardCharsets.UTF_8).length);
        var uid = Json.mapper().readTree(value).at("/metadata/uid").asString();
        int uidAt = text.indexOf(uid);
        text = text.replace(uid, uid.replaceAll("[^-]", "0"));
        List<String> times = new ArrayList<>();
        for (int i = text.indexOf(MADE.toString()); i >= 0; i = text.indexOf(MADE.toString(), i + 1)) {
            times.add("" + i);
        }
        return "%s %d %d %s %d %s\n".formatted(entry.key(), at, uidAt, String.join(",", times), text.length(), text);
    }
}
