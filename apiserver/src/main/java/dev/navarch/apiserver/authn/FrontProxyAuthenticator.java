package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.RemoteUser;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Users by the header fields of a front proxy, which is known by its certificate. Whatever anybody else says in such
 * fields is not heeded. A chain is verified once a connection; its validity in time at every request. Source:
 * k8s.io/apiserver pkg/authentication/request/headerrequest/requestheader.go.
 */
public final class FrontProxyAuthenticator implements FrontProxies {
    private static final Logger log = LoggerFactory.getLogger(FrontProxyAuthenticator.class);

    private final ClientChains chains;
    private final List<String> allowedNames;
    private final RemoteUser.Names names;
    private final TimeSource time;

    private record Proxy(Instant from, Instant until) {}

    /** @param allowedNames common names of front proxies; any if empty */
    public FrontProxyAuthenticator(
            List<X509Certificate> authorities, List<String> allowedNames, RemoteUser.Names names, TimeSource time) {
        this.chains = new ClientChains(authorities);
        this.allowedNames = List.copyOf(allowedNames);
        this.names = names;
        this.time = time;
    }

    @Override
    public Optional<User> authenticate(Headers headers, ClientCertificates shown) {
        if (shown.isEmpty() || chains.isEmpty()) {
            return Optional.empty();
        }
        var user = RemoteUser.read(headers, names);
        if (user.isEmpty()) {
            return Optional.empty();
        }
        Optional<Proxy> proxy = shown.judgedBy(this, this::judge);
        var now = time.now();
        return proxy.filter(p -> !now.isBefore(p.from) && !now.isAfter(p.until))
                .flatMap(_ -> user)
                .map(FrontProxyAuthenticator::authenticated);
    }

    private static User authenticated(User user) {
        if (user.anonymous() || user.isMemberOf(User.AUTHENTICATED) || user.isMemberOf(User.UNAUTHENTICATED)) {
            return user;
        }
        List<String> groups = new ArrayList<>(user.groups());
        groups.add(User.AUTHENTICATED);
        return new User(user.name(), user.uid(), groups, user.extra());
    }

    private Optional<Proxy> judge(List<X509Certificate> chain) {
        try {
            var leaf = chain.getFirst();
            if (chains.holds(chain, time.now())
                    && (allowedNames.isEmpty() || allowedNames.contains(commonName(leaf)))) {
                return Optional.of(new Proxy(
                        leaf.getNotBefore().toInstant(), leaf.getNotAfter().toInstant()));
            }
        } catch (GeneralSecurityException | InvalidNameException e) {
            log.debug("A client that names a user is no front proxy", e);
        }
        return Optional.empty();
    }

    private static String commonName(X509Certificate certificate) throws InvalidNameException {
        for (var part : new LdapName(certificate.getSubjectX500Principal().getName()).getRdns()) {
            if (part.getType().equals("CN")) {
                return part.getValue().toString();
            }
        }
        return "";
    }
}
