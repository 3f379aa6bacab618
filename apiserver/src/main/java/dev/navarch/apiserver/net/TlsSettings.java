package dev.navarch.apiserver.net;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/**
 * How servers speak TLS. Source: k8s.io/component-base cli/flag/ciphersuites_flag.go.
 *
 * @param protocols the newest first
 * @param cipherSuites by their IANA names. Those of TLS 1.3 are always spoken where that is
 */
public record TlsSettings(List<String> protocols, List<String> cipherSuites) {
    private static final List<String> NEWEST =
            List.of("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256");

    /** With forward secrecy and authenticated encryption; others are not spoken. */
    private static final List<String> STRONG = List.of(
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** TLS 1.2 and 1.3. */
    public static final TlsSettings STANDARD = of("VersionTLS12", List.of());

    public TlsSettings {
        protocols = List.copyOf(protocols);
        cipherSuites = List.copyOf(cipherSuites);
    }

    /**
     * @param minimum VersionTLS12 or VersionTLS13
     * @param suites empty for all that are strong
     * @throws IllegalArgumentException names what is not to be had
     */
    public static TlsSettings of(String minimum, List<String> suites) {
        var protocols = switch (minimum) {
            case "VersionTLS12" -> List.of("TLSv1.3", "TLSv1.2");
            case "VersionTLS13" -> List.of("TLSv1.3");
            default ->
                throw new IllegalArgumentException(
                        "unknown tls version \"" + minimum + "\": possible are VersionTLS12 and VersionTLS13");
        };
        var chosen = new ArrayList<>(NEWEST);
        for (var suite : suites.isEmpty() ? STRONG : suites) {
            if (STRONG.contains(suite)) {
                chosen.add(suite);
            } else if (!NEWEST.contains(suite)) {
                var possible = new TreeSet<>(STRONG);
                possible.addAll(NEWEST);
                throw new IllegalArgumentException(
                        "Cipher suite " + suite + " not supported or doesn't exist: possible are " + possible);
            }
        }
        return new TlsSettings(protocols, chosen);
    }
}
