package dev.navarch.apiserver;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import javax.security.auth.x500.X500Principal;

/** Certificate requests (PKCS #10, RFC 2986) of any subject. */
public final class TestSigningRequests {
    private static final int SEQUENCE = 0x30;
    /** ecdsa-with-SHA256. */
    private static final byte[] ALGORITHM = der(SEQUENCE, new byte[] {6, 8, 42, -122, 72, -50, 61, 4, 3, 2});

    private TestSigningRequests() {}

    /** @return PEM in base64, as {@code spec.request} has it */
    public static String of(String subject) {
        try {
            var generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            var keys = generator.generateKeyPair();
            var info = der(
                    SEQUENCE,
                    new byte[] {2, 1, 0},
                    new X500Principal(subject).getEncoded(),
                    keys.getPublic().getEncoded(),
                    der(0xa0));
            var signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(keys.getPrivate());
            signature.update(info);
            var request = der(SEQUENCE, info, ALGORITHM, der(3, new byte[] {0}, signature.sign()));
            var pem = "-----BEGIN CERTIFICATE REQUEST-----\n"
                    + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(request)
                    + "\n-----END CERTIFICATE REQUEST-----\n";
            return Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] der(int tag, byte[]... parts) {
        var content = new ByteArrayOutputStream();
        for (var part : parts) {
            content.writeBytes(part);
        }
        var out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.size();
        if (length < 0x80) {
            out.write(length);
        } else {
            out.write(0x82);
            out.write(length >> 8);
            out.write(length);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
