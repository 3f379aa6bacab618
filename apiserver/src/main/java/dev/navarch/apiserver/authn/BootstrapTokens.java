package dev.navarch.apiserver.authn;

import dev.navarch.apiserver.following.ObjectReader;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tokens that let a new node ask for its certificate, each a secret of {@code kube-system}. Source: kubernetes
 * plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go.
 */
public final class BootstrapTokens implements TokenVerifier {
    private static final Pattern TOKEN = Pattern.compile("([a-z0-9]{6})\\.([a-z0-9]{16})");
    private static final Pattern GROUP = Pattern.compile("system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]");
    private static final String NAMESPACE = "kube-system";
    private static final String TYPE = "bootstrap.kubernetes.io/token";

    private final ObjectReader objects;
    private final TimeSource time;
    private final List<String> audiences;

    /** @param audiences the API server's own */
    public BootstrapTokens(ObjectReader objects, TimeSource time, List<String> audiences) {
        this.objects = objects;
        this.time = time;
        this.audiences = List.copyOf(audiences);
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> wanted) throws InvalidTokenException {
        var parts = TOKEN.matcher(token);
        if (!parts.matches()) {
            return Optional.empty();
        }
        var common = StaticTokens.common(audiences, wanted);
        if (common.isEmpty()) {
            return Optional.empty();
        }
        var name = "bootstrap-token-" + parts.group(1);
        var secret = objects.read("", "secrets", NAMESPACE, name)
                .orElseThrow(() -> new UnboundTokenException("there is no secret " + NAMESPACE + "/" + name));
        return Optional.of(new VerifiedToken(user(secret, parts.group(1), parts.group(2)), common, lastSecond(secret)));
    }

    private User user(ObjectNode secret, String id, String secretPart) throws InvalidTokenException {
        if (Meta.deleting(secret) || !Tree.text(secret, "type").equals(TYPE)) {
            throw new InvalidTokenException("the token has no valid secret");
        }
        boolean same = MessageDigest.isEqual(
                data(secret, "token-secret").getBytes(StandardCharsets.UTF_8),
                secretPart.getBytes(StandardCharsets.UTF_8));
        if (!same || !data(secret, "token-id").equals(id)) {
            throw new InvalidTokenException("the token is not that of its secret");
        }
        if (lastSecond(secret) < time.now().getEpochSecond()) {
            throw new InvalidTokenException("the token has expired");
        }
        if (!data(secret, "usage-bootstrap-authentication").equals("true")) {
            throw new InvalidTokenException("the token is not for authentication");
        }
        return new User("system:bootstrap:" + id, "", groups(data(secret, "auth-extra-groups")), Map.of());
    }

    private static String data(ObjectNode secret, String key) {
        try {
            return new String(Base64.getDecoder().decode(Tree.text(secret, "data", key)), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return "";
        }
    }

    /** A time that can't be read is over. */
    private static long lastSecond(ObjectNode secret) {
        var expiration = data(secret, "expiration");
        if (expiration.isEmpty()) {
            return VerifiedToken.ENDLESS;
        }
        try {
            return OffsetDateTime.parse(expiration).toEpochSecond() - 1;
        } catch (DateTimeException e) {
            return 0;
        }
    }

    private static List<String> groups(String extra) throws InvalidTokenException {
        List<String> groups = new ArrayList<>(List.of("system:bootstrappers"));
        for (var group : extra.isEmpty() ? new String[0] : extra.split(",")) {
            var name = group.strip();
            if (!GROUP.matcher(name).matches()) {
                throw new InvalidTokenException("the token's groups are not bootstrappers'");
            }
            groups.add(name);
        }
        return groups;
    }
}
