package dev.navarch.apiserver.encryption;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.storage.TransformException;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.time.ManualTime;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EncryptionTest {
    private static final String SECRET = "/registry/core/secrets/default/db";
    private static final byte[] VALUE = "{\"kind\":\"Secret\"}".getBytes(UTF_8);
    private static final String KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static final String KMS =
            "{resources: [secrets], providers: [{kms: {apiVersion: v2, name: hsm, endpoint: 'unix:///kms.sock'}}, {identity: {}}]}";

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-02T03:04:05Z"));
    private final FakeKms kms = new FakeKms();
    private Encryption encryption;

    private Path file(String... rules) throws IOException {
        return Files.writeString(
                directory.resolve("encryption.yaml"),
                "{kind: EncryptionConfiguration, apiVersion: apiserver.config.k8s.io/v1, resources: ["
                        + String.join(",", rules) + "]}");
    }

    private void open(boolean follow, String... rules) throws IOException {
        close();
        encryption = Encryption.read(file(rules), follow, kms, time, new SecureRandom(), "server-1");
    }

    private static String keyed(String resources, String provider, String name) {
        return "{resources: [%s], providers: [{%s: {keys: [{name: %s, secret: %s}]}}, {identity: {}}]}"
                .formatted(resources, provider, name, KEY);
    }

    @AfterEach
    void close() {
        if (encryption != null) {
            encryption.close();
        }
    }

    private String sealed(String key) {
        return new String(encryption.seal(key, key, VALUE), UTF_8);
    }

    @Test
    void theNarrowestRuleSealsAndOthersAreLeftAlone() throws IOException {
        open(
                false,
                keyed("secrets", "secretbox", "box"),
                keyed("'*.'", "aescbc", "cbc"),
                keyed("'*.apps', pandas.bears.example.com", "aesgcm", "gcm"));
        assertThat(sealed(SECRET)).startsWith("k8s:enc:secretbox:v1:box:");
        assertThat(sealed("/registry/core/configmaps/a/b")).startsWith("k8s:enc:aescbc:v1:cbc:");
        assertThat(sealed("/registry/apps/deployments/a/b")).startsWith("k8s:enc:aesgcm:v1:gcm:");
        assertThat(sealed("/registry/bears.example.com/pandas/x")).startsWith("k8s:enc:aesgcm:v1:gcm:");
        assertThat(encryption.seal("/registry/batch/jobs/a/b", "", VALUE)).isSameAs(VALUE);
        assertThat(encryption.checks()).isEmpty();

        open(false, keyed("secrets", "aesgcm", "one"), keyed("'*.*'", "aesgcm", "all"));
        assertThat(sealed(SECRET)).startsWith("k8s:enc:aesgcm:v1:one:");
        assertThat(sealed("/registry/stable.example.com/crontabs/a/b")).startsWith("k8s:enc:aesgcm:v1:all:");
        assertThat(encryption.seal("/registry/masterleases/10.0.0.1", "", VALUE))
                .isSameAs(VALUE);
        assertThat(encryption.seal("/registry/ranges/serviceips/10.0.0.1", "", VALUE))
                .isSameAs(VALUE);
    }

    @Test
    void valuesAreBoundToTheirPlace() throws IOException {
        open(false, keyed("secrets", "aesgcm", "k"));
        var sealed = encryption.seal(SECRET, SECRET, VALUE);
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        assertThatThrownBy(() -> encryption.open(SECRET, "/registry/core/secrets/default/mine", sealed))
                .isInstanceOf(TransformException.class)
                .hasMessage("unable to transform key \"/registry/core/secrets/default/mine\":"
                        + " cipher: message authentication failed");
    }

    @Test
    void withoutTheKeyNothingIsReadAndWithoutIdentityNothingPlain() throws IOException {
        open(false, keyed("secrets", "aesgcm", "k"));
        var sealed = encryption.seal(SECRET, SECRET, VALUE);
        open(false, keyed("secrets", "aesgcm", "other"));
        assertThatThrownBy(() -> encryption.open(SECRET, SECRET, sealed))
                .hasMessage("unable to transform key \"" + SECRET
                        + "\": no matching key was found for the provided AES transformer");
        open(false, keyed("configmaps", "aesgcm", "k"));
        assertThatThrownBy(() -> encryption.open(SECRET, SECRET, sealed))
                .hasMessageEndingWith("identity transformer tried to read encrypted data");
        assertThatThrownBy(() -> ValueTransformer.PLAIN.open(SECRET, SECRET, sealed))
                .hasMessageEndingWith("identity transformer tried to read encrypted data");
        open(false, "{resources: [secrets], providers: [{aesgcm: {keys: [{name: k, secret: " + KEY + "}]}}]}");
        assertThatThrownBy(() -> encryption.open(SECRET, SECRET, VALUE))
                .hasMessageEndingWith("no matching prefix found");
    }

    @Test
    void aChangedFileIsTakenOverAndAWrongOneIsNot() throws IOException {
        open(true, keyed("secrets", "aesgcm", "old"));
        var sealed = encryption.seal(SECRET, SECRET, VALUE);
        assertThat(encryption.stale(SECRET, SECRET, sealed)).isFalse();

        file("{resources: [secrets], providers: [{secretbox: {}}]}");
        time.advance(Duration.ofMinutes(1));
        assertThat(sealed(SECRET)).startsWith("k8s:enc:aesgcm:v1:old:");
        assertThat(metrics()).contains("apiserver_encryption_config_controller_automatic_reloads", "failure");

        file("{resources: [secrets], providers: [{secretbox: {keys: [{name: new, secret: %s}]}},".formatted(KEY)
                + " {aesgcm: {keys: [{name: old, secret: %s}]}}]}".formatted(KEY));
        time.advance(Duration.ofSeconds(1)); // a wrong one is read again sooner
        assertThat(sealed(SECRET)).startsWith("k8s:enc:secretbox:v1:new:");
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        assertThat(encryption.stale(SECRET, SECRET, sealed)).isTrue();
        assertThat(metrics()).contains("success");
        assertThat(encryption.checks()).hasSize(1).allSatisfy(check -> {
            assertThat(check.name()).isEqualTo("kms-providers");
            assertThat(check.failure().get()).isEmpty();
        });
    }

    private String metrics() throws IOException {
        var out = new ByteArrayOutputStream();
        ExpositionFormats.init()
                .getPrometheusTextFormatWriter()
                .write(out, encryption.metrics().collect());
        return out.toString(UTF_8);
    }

    @Test
    void aPluginsSeedSealsUntilItsKeyIsAnother() throws IOException {
        open(false, KMS);
        var sealed = encryption.seal(SECRET, SECRET, VALUE);
        assertThat(new String(sealed, UTF_8)).startsWith("k8s:enc:kms:v2:hsm:");
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        assertThat(encryption.stale(SECRET, SECRET, sealed)).isFalse();
        assertThat(kms.calls).containsExactly("status", "encrypt");

        kms.keyId = "key-2";
        time.advance(KmsProvider.WELL_INTERVAL);
        assertThat(encryption.stale(SECRET, SECRET, sealed)).isTrue();
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        assertThat(kms.calls).containsExactly("status", "encrypt", "status", "encrypt");

        open(false, KMS); // another life asks once for each seed
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        assertThat(kms.calls.subList(4, kms.calls.size())).containsExactly("status", "encrypt", "decrypt");
        assertThat(metrics())
                .contains("apiserver_envelope_encryption_key_id_hash", EncryptionMetrics.hash("key-1"))
                .doesNotContain("key-1");
    }

    @Test
    void aPluginThatIsAwayStopsWritesAfterThreeMinutesAndReadsOfWhatIsNotKnown() throws IOException {
        open(false, KMS);
        var sealed = encryption.seal(SECRET, SECRET, VALUE);
        var check = encryption.checks().getFirst();
        assertThat(check.failure().get()).isEmpty();
        kms.away = true;
        time.advance(Duration.ofMinutes(2));
        assertThat(sealed(SECRET)).startsWith("k8s:enc:kms:v2:hsm:");
        assertThat(check.failure().get())
                .hasValue("kms-provider-0: failed to perform status section of the healthz check for KMS Provider hsm,"
                        + " error: rpc error: code = Unavailable");
        time.advance(Duration.ofSeconds(61));
        assertThatThrownBy(() -> sealed(SECRET))
                .isInstanceOf(TransformException.class)
                .hasMessageMatching("encryptedDEKSource with keyID hash \"sha256:[0-9a-f]{64}\" expired at .*");
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
        kms.away = false;
        time.advance(KmsProvider.ILL_INTERVAL);
        assertThat(sealed(SECRET)).startsWith("k8s:enc:kms:v2:hsm:");
        assertThat(check.failure().get()).isEmpty();
    }

    @Test
    void aPluginThatRefusesIsNotAskedForEachValue() throws IOException {
        open(false, KMS);
        var sealed = encryption.seal(SECRET, SECRET, VALUE);
        open(false, KMS);
        kms.away = true;
        kms.calls.clear();
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> encryption.open(SECRET, SECRET, sealed))
                    .hasMessageEndingWith("failed to decrypt DEK, error: rpc error: code = Unavailable");
        }
        assertThat(kms.calls).containsExactly("decrypt");
        kms.away = false;
        time.advance(Duration.ofSeconds(2));
        assertThat(encryption.open(SECRET, SECRET, sealed)).isEqualTo(VALUE);
    }

    @Test
    void aServerStartsBeforeItsPlugin() throws IOException {
        kms.away = true;
        open(true, KMS);
        assertThatThrownBy(() -> sealed(SECRET)).hasMessage("got unexpected nil transformer");
        assertThat(encryption.checks().getFirst().failure().get()).isPresent();
        kms.away = false;
        time.advance(KmsProvider.ILL_INTERVAL);
        assertThat(sealed(SECRET)).startsWith("k8s:enc:kms:v2:hsm:");
    }

    @Test
    void aWrongConfigurationNamesTheFieldAndNoSecret() {
        refused("resources: Required value: at least one resources is required", "");
        refused("Required value: at least one resources[0].providers is required", "{resources: [secrets]}");
        refused(
                "resources[0].resources: Invalid value: [\"secrets\",\"*.\"]: using overlapping resources",
                keyed("secrets, '*.'", "aesgcm", "k"));
        refused("resources[0].resources[0]: Invalid value: \"*\": use '*.'", keyed("'*'", "aesgcm", "k"));
        refused(
                "resources[0].resources[0]: Invalid value: \"*.events.k8s.io\"",
                keyed("'*.events.k8s.io'", "aesgcm", "k"));
        refused("encrypting the same resource across groups is not supported", keyed("'pods.*'", "aesgcm", "k"));
        refused("strict decoding error: unknown field \"resources[0].provider\"", "{provider: []}");
        refused(
                "resources[0].providers[0].aesgcm.keys[0].secret: Invalid value: \"REDACTED\": secrets must be base64",
                "{resources: [secrets], providers: [{aesgcm: {keys: [{name: k, secret: '%%hunter2'}]}}]}");
        refused(
                "secret is not of the expected length, got 5, expected one of [32]",
                "{resources: [secrets], providers: [{secretbox: {keys: [{name: k, secret: c2hvcnQ=}]}}]}");
        refused(
                "unsupported scheme \"http\" for KMS provider, only unix is supported",
                "{resources: [secrets], providers: [{kms: {apiVersion: v2, name: a, endpoint: 'http://x'}}]}");
        refused("KMSv1 is deprecated", "{resources: [a], providers: [{kms: {name: a, endpoint: 'unix:///a'}}]}");
        refused(
                "resource \"secrets\" is masked by earlier rule \"*.\"",
                keyed("'*.'", "aesgcm", "k"),
                keyed("secrets", "aesgcm", "k"));
        refused("resources[0].providers must be a list", "{resources: [secrets], providers: hunter2}");
    }

    private void refused(String why, String... rules) {
        assertThatThrownBy(() -> open(false, rules))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why)
                .message()
                .doesNotContain("hunter2", KEY);
    }
}
