package dev.navarch.api.table;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Tables of the kinds that govern the cluster itself. */
final class ClusterTables {
    private ClusterTables() {}

    static Map<String, TablePrinter> all() {
        Map<String, TablePrinter> all = new TreeMap<>();
        all.put("coordination.k8s.io/Lease", lease());
        all.put("rbac.authorization.k8s.io/RoleBinding", binding());
        all.put("rbac.authorization.k8s.io/ClusterRoleBinding", binding());
        all.put("scheduling.k8s.io/PriorityClass", priorityClass());
        all.put("node.k8s.io/RuntimeClass", runtimeClass());
        all.put("certificates.k8s.io/CertificateSigningRequest", signingRequest());
        all.put("admissionregistration.k8s.io/MutatingWebhookConfiguration", webhooks());
        all.put("admissionregistration.k8s.io/ValidatingWebhookConfiguration", webhooks());
        all.put("admissionregistration.k8s.io/ValidatingAdmissionPolicy", admissionPolicy("Validations"));
        all.put("admissionregistration.k8s.io/MutatingAdmissionPolicy", admissionPolicy("Mutations"));
        all.put("admissionregistration.k8s.io/MutatingAdmissionPolicyBinding", admissionBinding());
        all.put("admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding", admissionBinding());
        all.put("apiregistration.k8s.io/APIService", apiService());
        all.put("flowcontrol.apiserver.k8s.io/FlowSchema", flowSchema());
        all.put("flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration", priorityLevel());
        return all;
    }

    private static TablePrinter lease() {
        return Printer.named()
                .text("Holder", "Who holds it.", row -> row.text("spec.holderIdentity"))
                .age()
                .build();
    }

    private static TablePrinter binding() {
        return Printer.named()
                .text("Role", "What is granted.", row -> row.text("roleRef.kind") + "/" + row.text("roleRef.name"))
                .age()
                .wide("Users", "To which users.", row -> subjects(row, "User"))
                .wide("Groups", "To which groups.", row -> subjects(row, "Group"))
                .wide("ServiceAccounts", "To which service accounts.", row -> subjects(row, "ServiceAccount"))
                .build();
    }

    private static String subjects(Row binding, String kind) {
        return binding.items("subjects").stream()
                .filter(subject -> subject.text("kind").equals(kind))
                .map(subject -> kind.equals("ServiceAccount")
                        ? subject.text("namespace") + "/" + subject.text("name")
                        : subject.text("name"))
                .collect(Collectors.joining(", "));
    }

    private static TablePrinter priorityClass() {
        return Printer.named()
                .number("Value", "The priority.", row -> row.number("value"))
                .column("Global-Default", "boolean", "Whether it is the default.", row -> row.isTrue("globalDefault"))
                .age()
                .text("PreemptionPolicy", "Whether it displaces others.", row -> row.text("preemptionPolicy"))
                .build();
    }

    private static TablePrinter runtimeClass() {
        return Printer.named()
                .text("Handler", "What runs its containers.", row -> row.text("handler"))
                .age()
                .build();
    }

    private static TablePrinter signingRequest() {
        return Printer.named()
                .age()
                .text("SignerName", "Who is to sign.", row -> row.text("spec.signerName", Row.NONE))
                .text("Requestor", "Who asks.", row -> row.text("spec.username"))
                .text(
                        "RequestedDuration",
                        "For how long.",
                        row -> row.has("spec.expirationSeconds")
                                ? HumanDuration.of(Duration.ofSeconds(row.number("spec.expirationSeconds")))
                                : Row.NONE)
                .text("Condition", "What became of it.", ClusterTables::condition)
                .build();
    }

    private static String condition(Row request) {
        List<String> types = request.items("status.conditions").stream()
                .map(condition -> condition.text("type"))
                .toList();
        String decision = types.contains("Denied") ? "Denied" : types.contains("Approved") ? "Approved" : "Pending";
        String failed = types.contains("Failed") ? ",Failed" : "";
        return decision + failed + (request.text("status.certificate").isEmpty() ? "" : ",Issued");
    }

    private static TablePrinter webhooks() {
        return Printer.named()
                .number("Webhooks", "How many.", row -> row.size("webhooks"))
                .age()
                .build();
    }

    private static TablePrinter admissionPolicy(String steps) {
        return Printer.named()
                .number(steps, "How many.", row -> row.size("spec." + steps.toLowerCase(Locale.ROOT)))
                .text(
                        "ParamKind",
                        "What sets its parameters.",
                        row -> row.has("spec.paramKind")
                                ? row.text("spec.paramKind.apiVersion") + "/" + row.text("spec.paramKind.kind")
                                : Row.UNSET)
                .age()
                .build();
    }

    private static TablePrinter admissionBinding() {
        return Printer.named()
                .text("PolicyName", "Which policy.", row -> row.text("spec.policyName"))
                .text("ParamRef", "With which parameters.", row -> {
                    if (!row.has("spec.paramRef")) {
                        return Row.UNSET;
                    }
                    String namespace = row.text("spec.paramRef.namespace");
                    return (namespace.isEmpty() ? "*" : namespace) + "/" + row.text("spec.paramRef.name", "*");
                })
                .age()
                .build();
    }

    private static TablePrinter apiService() {
        return Printer.named()
                .text(
                        "Service",
                        "Who serves it.",
                        row -> row.has("spec.service")
                                ? row.text("spec.service.namespace") + "/" + row.text("spec.service.name")
                                : "Local")
                .text(
                        "Available",
                        "Whether it does.",
                        row -> row.items("status.conditions").stream()
                                .filter(condition -> condition.text("type").equals("Available"))
                                .findFirst()
                                .map(condition -> condition.text("status").equals("True")
                                        ? "True"
                                        : condition.text("status") + " (" + condition.text("reason") + ")")
                                .orElse("Unknown"))
                .age()
                .build();
    }

    private static TablePrinter flowSchema() {
        return Printer.named()
                .text("PriorityLevel", "Which level it feeds.", row -> row.text("spec.priorityLevelConfiguration.name"))
                .number("MatchingPrecedence", "Lower ones match first.", row -> row.number("spec.matchingPrecedence"))
                .text(
                        "DistinguisherMethod",
                        "How flows are told apart.",
                        row -> row.text("spec.distinguisherMethod.type", Row.NONE))
                .age()
                .text(
                        "MissingPL",
                        "Whether the level is missing.",
                        row -> row.items("status.conditions").stream()
                                .filter(condition -> condition.text("type").equals("Dangling"))
                                .findFirst()
                                .map(condition -> condition.text("status"))
                                .orElse("?"))
                .build();
    }

    private static TablePrinter priorityLevel() {
        String queuing = "spec.limited.limitResponse.queuing.";
        return Printer.named()
                .text("Type", "Whether it is limited.", row -> row.text("spec.type"))
                .text(
                        "NominalConcurrencyShares",
                        "Its share of requests in flight.",
                        row -> row.text("spec.limited.nominalConcurrencyShares", Row.NONE))
                .text("Queues", "How many queues.", row -> row.text(queuing + "queues", Row.NONE))
                .text("HandSize", "How many queues a flow may use.", row -> row.text(queuing + "handSize", Row.NONE))
                .text(
                        "QueueLengthLimit",
                        "How long a queue may be.",
                        row -> row.text(queuing + "queueLengthLimit", Row.NONE))
                .age()
                .build();
    }
}
