package dev.navarch.apiserver.extension;

import dev.navarch.apiserver.authz.SubjectReview;
import dev.navarch.apiserver.request.Authorizer;
import dev.navarch.apiserver.request.Decision;
import dev.navarch.apiserver.request.RequestInfo;
import dev.navarch.apiserver.request.User;
import dev.navarch.time.TimeSource;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;

/**
 * Asks the cluster's API server who may do what. Its own administrators may do everything, and everybody may ask whether
 * this server is well. Source: k8s.io/apiserver pkg/server/options/authorization.go; plugin/pkg/authorizer/webhook.
 */
public final class DelegatedAuthorizer implements Authorizer {
    private static final String PATH = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    private static final Set<String> HEALTH = Set.of("/healthz", "/livez", "/readyz");
    private static final Duration LASTING = Duration.ofSeconds(10);
    private static final int MOST = 4096;

    private final MainServer main;
    private final Remembered<Question, Decision> answers;

    private record Question(User user, RequestInfo info) {}

    public DelegatedAuthorizer(MainServer main, TimeSource time) {
        this.main = main;
        answers = new Remembered<>(MOST, LASTING, time);
    }

    @Override
    public boolean mayBlock() {
        return true;
    }

    @Override
    public Decision authorize(User user, RequestInfo info) {
        if (user.isMemberOf(User.MASTERS)
                || !info.resourceRequest() && info.verb().equals("get") && HEALTH.contains(info.path())) {
            return Decision.allow("");
        }
        try {
            return answers.of(new Question(user, info), () -> ask(user, info));
        } catch (IOException e) {
            return Decision.deny("the cluster's API server can't be asked: " + e.getMessage());
        }
    }

    private Decision ask(User user, RequestInfo info) throws IOException {
        return SubjectReview.decision(main.create(PATH, SubjectReview.of(user, info, "v1")));
    }
}
