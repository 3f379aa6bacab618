package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.authn.TokenDigests.Digest;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.User;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tokens that a file lists, a line each: {@code token,user,uid,"group1,group2"}. They don't end; the file is read again
 * when it changes. Source: k8s.io/apiserver pkg/authentication/token/tokenfile/tokenfile.go.
 */
public final class StaticTokens implements TokenVerifier {
    private static final Logger log = LoggerFactory.getLogger(StaticTokens.class);

    private final TokenDigests digests = new TokenDigests();
    private final Map<Digest, User> users = new HashMap<>();
    private final List<String> audiences;

    /**
     * @param csv as RFC 4180 has it
     * @param audiences the API server's own
     * @throws IllegalArgumentException if it is none; no token is in the message
     */
    public StaticTokens(String csv, List<String> audiences) {
        this.audiences = List.copyOf(audiences);
        int number = 0;
        for (var line : Csv.records(csv)) {
            if (line.size() < 3) {
                throw new IllegalArgumentException(
                        "must have at least 3 columns (token, user name, user uid), found " + line.size());
            }
            number++;
            if (line.getFirst().isEmpty()) {
                log.warn("empty token has been found in token file, record number '{}'", number);
                continue;
            }
            var groups = line.size() > 3 ? List.of(line.get(3).split(",", -1)) : List.<String>of();
            var user = new User(line.get(1), line.get(2), groups, Map.of());
            if (users.put(digests.of(line.getFirst()), user) != null) {
                log.warn("duplicate token has been found in token file, record number '{}'", number);
            }
        }
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> wanted) {
        var user = users.get(digests.of(token));
        if (user == null) {
            return Optional.empty();
        }
        var common = common(audiences, wanted);
        return common.isEmpty() ? Optional.empty() : Optional.of(new VerifiedToken(user, common));
    }

    /** Those of the API server's own audiences that are asked for, for tokens that know of none. */
    static List<String> common(List<String> own, List<String> wanted) {
        if (wanted.isEmpty()) {
            return own;
        }
        List<String> common = new ArrayList<>(wanted);
        common.retainAll(own);
        return common;
    }
}
