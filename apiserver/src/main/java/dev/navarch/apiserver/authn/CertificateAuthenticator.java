package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.CertificateSubject;
import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users by client certificate: the common name is the user, the organizations are the groups. Source: k8s.io/apiserver
 * pkg/authentication/request/x509/x509.go. A chain is verified once a connection; its validity in time at every request.
 */
public final class CertificateAuthenticator {
    private static final Logger log = LoggerFactory.getLogger(CertificateAuthenticator.class);

    private final Supplier<List<X509Certificate>> authorities;
    private final TimeSource time;
    private volatile ClientChains chains;

    private sealed interface Verdict {
        record Known(User user, Instant from, Instant until) implements Verdict {}

        record Refused() implements Verdict {}
    }

    /** @param authorities at this moment; other ones are told by identity, and judge open connections anew */
    public CertificateAuthenticator(Supplier<List<X509Certificate>> authorities, TimeSource time) {
        this.authorities = authorities;
        this.time = time;
        chains = new ClientChains(authorities.get());
    }

    private ClientChains chains() {
        var now = authorities.get();
        var known = chains;
        if (!known.areOf(now)) {
            known = new ClientChains(now);
            chains = known;
        }
        return known;
    }

    Optional<User> authenticate(ClientCertificates shown) {
        if (shown.isEmpty()) {
            return Optional.empty();
        }
        var judge = chains();
        if (judge.isEmpty()) {
            return Optional.empty();
        }
        return switch (shown.judgedBy(judge, chain -> judge(judge, chain))) {
            case Verdict.Known(var user, var from, var until) -> {
                var now = time.now();
                if (now.isBefore(from) || now.isAfter(until)) {
                    throw ApiFailure.unauthorized("Unauthorized");
                }
                yield Optional.of(user);
            }
            case Verdict.Refused() -> throw ApiFailure.unauthorized("Unauthorized");
        };
    }

    private Verdict judge(ClientChains judge, List<X509Certificate> chain) {
        try {
            var leaf = chain.getFirst();
            if (!judge.holds(chain, time.now())) {
                log.debug("A client's certificate is not for clients: {}", leaf.getSubjectX500Principal());
                return new Verdict.Refused();
            }
            var user = user(leaf);
            return user.name().isEmpty()
                    ? new Verdict.Refused()
                    : new Verdict.Known(
                            user,
                            leaf.getNotBefore().toInstant(),
                            leaf.getNotAfter().toInstant());
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            log.debug("A client's certificate is refused", e);
            return new Verdict.Refused();
        }
    }

    private static User user(X509Certificate leaf) throws GeneralSecurityException {
        var subject = CertificateSubject.of(leaf.getSubjectX500Principal());
        List<String> groups = new ArrayList<>(subject.organizations());
        var digest = MessageDigest.getInstance("SHA-256").digest(leaf.getEncoded());
        groups.add(User.AUTHENTICATED);
        return new User(
                subject.commonName(),
                "",
                groups.stream().distinct().toList(),
                Map.of(
                        "authentication.kubernetes.io/credential-id",
                        List.of("X509SHA256=" + HexFormat.of().formatHex(digest))));
    }
}
