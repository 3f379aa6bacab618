package dev.navarch.cel.library;

import dev.cel.common.types.CelType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import java.util.List;

/** Questions to the cluster's authorizer about the one who makes a request, or about a service account. */
public final class AuthorizerLibrary extends Library {
    public static final CelType AUTHORIZER = OpaqueType.create("kubernetes.authorization.Authorizer");
    public static final CelType RESOURCE_CHECK = OpaqueType.create("kubernetes.authorization.ResourceCheck");
    private static final CelType GROUP_CHECK = OpaqueType.create("kubernetes.authorization.GroupCheck");
    private static final CelType PATH_CHECK = OpaqueType.create("kubernetes.authorization.PathCheck");
    private static final CelType DECISION = OpaqueType.create("kubernetes.authorization.Decision");

    /** Answers questions. */
    public interface Authorizer {
        /** Whether the user may; {@code question}'s verb is set. */
        Decision decide(Question question);

        /** The same for a service account. */
        Authorizer serviceAccount(String namespace, String name);
    }

    /** @param error what went wrong; empty for nothing */
    public record Decision(boolean allowed, String reason, String error) {}

    /**
     * What is asked; either of a path or of a resource.
     *
     * @param fieldSelector and {@code labelSelector}: as they stand in a query; empty for none
     */
    public record Question(
            Authorizer authorizer,
            String verb,
            String path,
            String group,
            String resource,
            String subresource,
            String namespace,
            String name,
            String fieldSelector,
            String labelSelector) {

        public static Question ofPath(Authorizer authorizer, String path) {
            return new Question(authorizer, "", path, "", "", "", "", "", "", "");
        }

        public static Question ofResource(
                Authorizer authorizer,
                String group,
                String resource,
                String subresource,
                String namespace,
                String name) {
            return new Question(authorizer, "", "", group, resource, subresource, namespace, name, "", "");
        }

        Question with(String part, String value) {
            return new Question(
                    authorizer,
                    part.equals("verb") ? value : verb,
                    path,
                    group,
                    part.equals("resource") ? value : resource,
                    part.equals("subresource") ? value : subresource,
                    part.equals("namespace") ? value : namespace,
                    part.equals("name") ? value : name,
                    part.equals("fieldSelector") ? value : fieldSelector,
                    part.equals("labelSelector") ? value : labelSelector);
        }
    }

    public AuthorizerLibrary() {
        type(AUTHORIZER, Authorizer.class);
        type(RESOURCE_CHECK, Question.class);
        type(GROUP_CHECK, Question.class);
        type(PATH_CHECK, Question.class);
        type(DECISION, Decision.class);
        var text = List.of(SimpleType.STRING);
        member(
                "path",
                "authorizer_path",
                PATH_CHECK,
                AUTHORIZER,
                text,
                a -> Question.ofPath((Authorizer) a[0], (String) a[1]));
        member(
                "group",
                "authorizer_group",
                GROUP_CHECK,
                AUTHORIZER,
                text,
                a -> Question.ofResource((Authorizer) a[0], (String) a[1], "", "", "", ""));
        member(
                "serviceAccount",
                "authorizer_serviceaccount",
                AUTHORIZER,
                AUTHORIZER,
                List.of(SimpleType.STRING, SimpleType.STRING),
                a -> ((Authorizer) a[0]).serviceAccount((String) a[1], (String) a[2]));
        member(
                "resource",
                "groupcheck_resource",
                RESOURCE_CHECK,
                GROUP_CHECK,
                text,
                a -> ((Question) a[0]).with("resource", (String) a[1]));
        for (var part : List.of("subresource", "namespace", "name", "fieldSelector", "labelSelector")) {
            member(
                    part,
                    "resourcecheck_" + part.toLowerCase(java.util.Locale.ROOT),
                    RESOURCE_CHECK,
                    RESOURCE_CHECK,
                    text,
                    a -> ((Question) a[0]).with(part, (String) a[1]));
        }
        member("check", "pathcheck_check", DECISION, PATH_CHECK, text, a -> decide(a[0], a[1]));
        member("check", "resourcecheck_check", DECISION, RESOURCE_CHECK, text, a -> decide(a[0], a[1]));
        member("allowed", "decision_allowed", SimpleType.BOOL, DECISION, a -> ((Decision) a[0]).allowed());
        member("reason", "decision_reason", SimpleType.STRING, DECISION, a -> ((Decision) a[0]).reason());
        member("error", "decision_error", SimpleType.STRING, DECISION, a -> ((Decision) a[0]).error());
        member(
                "errored",
                "decision_errored",
                SimpleType.BOOL,
                DECISION,
                a -> !((Decision) a[0]).error().isEmpty());
    }

    private static Decision decide(Object question, Object verb) {
        var asked = (Question) question;
        return asked.authorizer().decide(asked.with("verb", (String) verb));
    }
}
