package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPrivateKeySpec;
import org.junit.jupiter.api.Test;

class PemTest {
    @Test
    void sec1KeysAreReadAgain() throws Exception {
        var generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"), new SecureRandom());
        var any = (ECPrivateKey) generator.generateKeyPair().getPrivate();
        for (var number : new BigInteger[] {any.getS(), BigInteger.valueOf(0x1234), BigInteger.ONE.shiftLeft(255)}) {
            var key = (ECPrivateKey)
                    KeyFactory.getInstance("EC").generatePrivate(new ECPrivateKeySpec(number, any.getParams()));
            var pem = Pem.encodeSec1(key);
            assertThat(pem).startsWith("-----BEGIN EC PRIVATE KEY-----\n");
            var read = (ECPrivateKey) Pem.privateKey(pem.getBytes(StandardCharsets.US_ASCII));
            assertThat(read.getS()).isEqualTo(number);
        }
    }
}
