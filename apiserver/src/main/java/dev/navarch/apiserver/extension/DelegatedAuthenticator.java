package dev.navarch.apiserver.extension;

import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.TokenVerifier;
import dev.navarch.apiserver.request.User;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Asks the cluster's API server whose a token is (source: k8s.io/apiserver plugin/pkg/authenticator/token/webhook).
 */
public final class DelegatedAuthenticator implements TokenVerifier {
    private static final String PATH = "/apis/authentication.k8s.io/v1/tokenreviews";
    private static final Duration LASTING = Duration.ofSeconds(10);
    private static final int MOST = 1024;

    private final MainServer main;
    private final Remembered<Question, Optional<VerifiedToken>> answers;

    private record Question(String token, List<String> audiences) {}

    public DelegatedAuthenticator(MainServer main, TimeSource time) {
        this.main = main;
        answers = new Remembered<>(MOST, LASTING, time);
    }

    @Override
    public Optional<VerifiedToken> verify(String token, List<String> audiences) throws InvalidTokenException {
        try {
            return answers.of(new Question(token, audiences), () -> ask(token, audiences));
        } catch (IOException e) {
            throw ApiFailure.internalError("the cluster's API server can't be asked: " + e.getMessage());
        }
    }

    private Optional<VerifiedToken> ask(String token, List<String> audiences) throws IOException {
        var review = Tree.object().put("kind", "TokenReview").put("apiVersion", "authentication.k8s.io/v1");
        review.putObject("spec").put("token", token).set("audiences", Tree.arrayOf(audiences));
        var status = main.create(PATH, review).path("status");
        return Tree.flag(status, false, "authenticated")
                ? Optional.of(new VerifiedToken(user(status.path("user")), Tree.strings(status, "audiences")))
                : Optional.empty();
    }

    private static User user(JsonNode user) {
        Map<String, List<String>> extra = new LinkedHashMap<>();
        user.path("extra").propertyNames().forEach(key -> extra.put(key, Tree.strings(user, "extra", key)));
        return new User(Tree.text(user, "username"), Tree.text(user, "uid"), Tree.strings(user, "groups"), extra);
    }
}
