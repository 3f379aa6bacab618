package dev.navarch.apiserver.encryption;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TransformationsTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] PLACE = "/registry/secrets/default/db".getBytes(UTF_8);
    private static final byte[] TEXT = "secret value".getBytes(UTF_8);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final byte[] KEY = counting(0, 32);

    private static byte[] counting(int from, int count) {
        var bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }

    static Stream<Transformation> all() {
        return Stream.of(
                new AesGcm(KEY, RANDOM),
                new AesCbc(KEY, RANDOM),
                new SecretBox(KEY, RANDOM),
                new ExtendedNonceGcm(KEY, RANDOM));
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatIsSealedCanBeOpenedWhateverItsLength(Transformation transformation) {
        for (int length = 0; length < 200; length++) {
            var value = new byte[length];
            new Random(length).nextBytes(value);
            var sealed = transformation.seal(value, PLACE);
            assertThat(transformation.open(sealed, PLACE).value()).isEqualTo(value);
            assertThat(transformation.seal(value, PLACE)).isNotEqualTo(sealed);
            assertThat(transformation.open(sealed, PLACE).stale()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void whatWasChangedOrCutIsNotOpened(Transformation transformation) {
        var sealed = transformation.seal(TEXT, PLACE);
        for (int i = 0; i < sealed.length; i++) {
            int at = i;
            if (!(transformation instanceof AesCbc)) {
                var changed = sealed.clone();
                changed[at] ^= 1;
                assertThatThrownBy(() -> transformation.open(changed, PLACE)).isInstanceOf(SealFailure.class);
            }
            assertThatThrownBy(() -> transformation.open(Arrays.copyOf(sealed, at), PLACE))
                    .isInstanceOf(SealFailure.class);
        }
    }

    @Test
    void sealedInOnePlaceIsNotOpenedInAnother() {
        for (var transformation : List.of(new AesGcm(KEY, RANDOM), new ExtendedNonceGcm(KEY, RANDOM))) {
            var sealed = transformation.seal(TEXT, PLACE);
            assertThatThrownBy(() -> transformation.open(sealed, "/registry/secrets/default/x".getBytes(UTF_8)))
                    .isInstanceOf(SealFailure.class)
                    .hasMessage("cipher: message authentication failed");
        }
    }

    /** Made by OpenSSL. */
    @Test
    void opensWhatOthersSealed() {
        var gcm = HEX.parseHex("404142434445464748494a4b91dccd514348a775aca86253e1cfbec9edc7f8eb32794a37ebc0d529");
        assertThat(new AesGcm(KEY, RANDOM).open(gcm, PLACE).value()).isEqualTo(TEXT);
        var cbc = HEX.parseHex("000102030405060708090a0b0c0d0e0f9fcd5be3346f2463098422c0d5d9b15b");
        assertThat(new AesCbc(KEY, RANDOM).open(cbc, PLACE).value()).isEqualTo(TEXT);
    }

    /** Source: NaCl, tests/secretbox. */
    @Test
    void secretBoxIsThatOfNaCl() {
        var key = HEX.parseHex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
        var nonce = HEX.parseHex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        var text = HEX.parseHex("be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffc"
                + "e5ecbaaf33bd751a1ac728d45e6c61296cdc3c01233561f41db66cce314adb31"
                + "0e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde"
                + "048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f93776384864"
                + "5e0705");
        var sealed = "f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce"
                + "48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972"
                + "71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae"
                + "90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b3"
                + "7973f622a43d14a6599b1f654cb45a74e355a5";
        var box = new SecretBox(key, RANDOM);
        assertThat(HEX.formatHex(box.sealWith(nonce, text))).isEqualTo(HEX.formatHex(nonce) + sealed);
        assertThat(box.open(HEX.parseHex(HEX.formatHex(nonce) + sealed), PLACE).value())
                .isEqualTo(text);
    }

    /** An envelope as upstream's proto describes it, put together by hand around OpenSSL's HKDF and AES-GCM. */
    @Test
    void envelopesAreUpstreams() {
        var bytes = HEX.parseHex("0a48202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                + "404142434445464748494a4b746548d3ca7f5e1fcfe7f3c852a01f97876e9b966ba2384bc24aa15c"
                + "12056b65792d311a0b7365616c65642d7365656422170a12706c7567696e2e6578616d706c652e636f6d1201762801");
        var envelope = EncryptedObject.decode(bytes);
        assertThat(envelope.keyId()).isEqualTo("key-1");
        assertThat(envelope.source()).asString(UTF_8).isEqualTo("sealed-seed");
        assertThat(envelope.annotations()).hasSize(1).containsKey("plugin.example.com");
        assertThat(envelope.seed()).isTrue();
        assertThat(envelope.encode()).isEqualTo(bytes);
        assertThat(new ExtendedNonceGcm(KEY, RANDOM)
                        .open(envelope.data(), PLACE)
                        .value())
                .isEqualTo(TEXT);
    }

    @Test
    void envelopesThatNobodyMayKeepAreRefused() {
        var source = new byte[] {1};
        assertThatThrownBy(() -> new EncryptedObject(source, "", source, Map.of(), true))
                .hasMessage("failed to validate key id: keyID is empty");
        assertThatThrownBy(() -> new EncryptedObject(source, "k".repeat(1025), source, Map.of(), true))
                .hasMessage("failed to validate key id: keyID is 1025 bytes, which exceeds the max size of 1024");
        assertThatThrownBy(() -> new EncryptedObject(source, "k", new byte[0], Map.of(), true))
                .hasMessage("failed to validate encrypted DEK source: encrypted DEK source is empty");
        assertThatThrownBy(() -> new EncryptedObject(source, "k", source, Map.of("plain", source), true))
                .isInstanceOf(SealFailure.class);
        assertThatThrownBy(() -> EncryptedObject.decode(new byte[] {0x28, 7}))
                .hasMessage("unknown encryptedDEKSourceType: 7");
        var random = new Random(7);
        for (int i = 0; i < 2_000; i++) {
            var noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            try {
                EncryptedObject.decode(noise);
            } catch (SealFailure _) {
                // nothing else is thrown
            }
        }
    }

    @Test
    void aValueIsStaleUnlessTheFirstWouldHaveSealedIt() {
        var old = new Prefixed.Choice("k8s:enc:aescbc:v1:", keyed("old", new AesCbc(KEY, RANDOM)));
        var now = new Prefixed.Choice("k8s:enc:aesgcm:v1:", keyed("now", new AesGcm(KEY, RANDOM)));
        var plain = new Prefixed.Choice("", new Identity());
        var before = new Prefixed(List.of(old, plain), "no matching prefix found");
        var after = new Prefixed(List.of(now, old, plain), "no matching prefix found");
        var back = new Prefixed(List.of(plain, now), "no matching prefix found");

        var sealed = before.seal(TEXT, PLACE);
        assertThat(sealed).asString(UTF_8).startsWith("k8s:enc:aescbc:v1:old:");
        assertThat(before.open(sealed, PLACE).stale()).isFalse();
        assertThat(before.open(TEXT, PLACE).stale()).isTrue();
        assertThat(after.open(sealed, PLACE).stale()).isTrue();
        assertThat(after.open(after.seal(TEXT, PLACE), PLACE).stale()).isFalse();
        assertThat(back.seal(TEXT, PLACE)).isSameAs(TEXT);
        assertThat(back.open(TEXT, PLACE).stale()).isFalse();
        assertThat(back.open(after.seal(TEXT, PLACE), PLACE).stale()).isTrue();
        assertThatThrownBy(() -> back.open(sealed, PLACE)).hasMessage("no matching prefix found");
    }

    private static Prefixed keyed(String name, Transformation transformation) {
        return new Prefixed(List.of(new Prefixed.Choice(name + ":", transformation)), "no key");
    }
}
