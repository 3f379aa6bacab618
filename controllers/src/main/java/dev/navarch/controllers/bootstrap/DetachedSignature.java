package dev.navarch.controllers.bootstrap;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signature of a text by a shared secret, without the text: a JSON web signature (RFC 7515, appendix F) with HS256,
 * byte for byte as kubeadm makes it, which compares. source: kubernetes staging/src/k8s.io/cluster-bootstrap/token/jws/jws.go.
 */
final class DetachedSignature {
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    private DetachedSignature() {}

    /**
     * @param id of the token, of letters and digits
     * @param secret not empty
     */
    static String of(String text, String id, String secret) {
        var head = encoded("{\"alg\":\"HS256\",\"kid\":\"" + id + "\"}");
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            var signature = mac.doFinal((head + "." + encoded(text)).getBytes(StandardCharsets.US_ASCII));
            return head + ".." + BASE64.encodeToString(signature);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HmacSHA256", e);
        }
    }

    private static String encoded(String text) {
        return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
