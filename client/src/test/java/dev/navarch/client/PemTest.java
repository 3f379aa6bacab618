package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class PemTest {
    /** Bytes of an uncompressed point on P-256, and of a public key in X.509 that ends with it. */
    private static final int POINT = 65;

    private static final int PUBLIC_KEY = 91;

    @Test
    void sec1KeysAreReadAgain() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), new SecureRandom());
        var pair = generator.generateKeyPair();
        var any = (ECPrivateKey) pair.getPrivate();
        for (var number : new BigInteger[] {any.getS(), BigInteger.valueOf(0x1234), BigInteger.ONE.shiftLeft(255)}) {
            var key = (ECPrivateKey)
                    KeyFactory.getInstance("EC").generatePrivate(new ECPrivateKeySpec(number, any.getParams()));
            var pem = Pem.encodeSec1(key, (ECPublicKey) pair.getPublic());
            assertThat(pem).startsWith("-----BEGIN EC PRIVATE KEY-----\n");
            var read = (ECPrivateKey) Pem.privateKey(pem.getBytes(StandardCharsets.US_ASCII));
            assertThat(read.getS()).isEqualTo(number);
            var der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
            assertThat(Arrays.copyOfRange(der, der.length - POINT, der.length))
                    .isEqualTo(Arrays.copyOfRange(pair.getPublic().getEncoded(), PUBLIC_KEY - POINT, PUBLIC_KEY));
        }
    }
}
