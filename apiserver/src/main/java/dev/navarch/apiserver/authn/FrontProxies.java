package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.request.ClientCertificates;
import dev.navarch.apiserver.request.Headers;
import dev.navarch.apiserver.request.User;
import java.util.List;
import java.util.Optional;

/** Some who may tell by header fields on whose behalf a request is made. */
@FunctionalInterface
public interface FrontProxies {
    /** Nobody may. */
    FrontProxies NONE = (_, _) -> Optional.empty();

    /** Empty if the request is not one of theirs, or names no user. */
    Optional<User> authenticate(Headers headers, ClientCertificates shown);

    /** The first of these whose request it is. */
    static FrontProxies anyOf(List<FrontProxies> all) {
        return switch (all.size()) {
            case 0 -> NONE;
            case 1 -> all.getFirst();
            default -> {
                var copy = List.copyOf(all);
                yield (headers, shown) -> copy.stream()
                        .flatMap(proxies -> proxies.authenticate(headers, shown).stream())
                        .findFirst();
            }
        };
    }
}
