package dev.navarch.apiserver.admission.webhook;

import dev.navarch.api.values.GoText;
import dev.navarch.apiserver.admission.AdmissionRequest;
import dev.navarch.apiserver.admission.webhook.WebhookMetrics.Outcome;
import dev.navarch.apiserver.match.ConditionMetrics;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Latencies;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.request.Status.Cause;
import dev.navarch.apiserver.request.Status.Details;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookClient;
import dev.navarch.apiserver.webhook.HookFailure;
import dev.navarch.apiserver.webhook.HookUsers;
import dev.navarch.time.TimeSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Asks one webhook about one request (source: k8s.io/apiserver pkg/admission/plugin/webhook/errors/statuserror.go). */
record HookCall(
        HookClient client,
        HookUsers.OfAdmission users,
        Reviews reviews,
        WebhookMetrics metrics,
        ConditionMetrics conditions,
        TimeSource time) {
    private static final Logger log = LoggerFactory.getLogger(HookCall.class);

    /** What is done with an answer that allows the request. */
    interface Then {
        void with(ObjectNode response) throws HookFailure;
    }

    /** A wait for webhooks by the request that the calling thread serves. */
    Latencies.Wait waiting(Latencies.Part part) {
        return Latencies.begin(part, time);
    }

    /**
     * @param apiVersion at which the webhook sees the request
     * @throws ApiFailure if the webhook refuses, or can't be asked and that matters
     */
    void ask(Hook hook, AdmissionRequest request, String apiVersion, boolean mutating, Then then)
            throws InterruptedException {
        if (request.dryRun() && !hook.dryRun()) {
            throw ApiFailure.badRequest("admission webhook " + GoText.quote(hook.name()) + " does not support dry run");
        }
        long from = time.nanoTime();
        var outcome = Outcome.BROKEN;
        int code = 0;
        try {
            var review = reviews.ask(request, apiVersion, hook.reviewVersions());
            var answer = client.post(
                    mutating ? users.mutating() : users.validating(), hook.client(), review, hook.timeout(), true);
            var response = Reviews.verified(review, answer, mutating);
            for (var warning : Tree.strings(response, "warnings")) {
                synchronized (request) {
                    request.context().warnings().accept(warning);
                }
            }
            Tree.stringMap(response, "auditAnnotations")
                    .forEach((key, value) -> request.context().annotations().add(hook.name() + "/" + key, value));
            if (!Tree.flag(response, false, "allowed")) {
                var denial = denied(hook.name(), Tree.at(response, "status"));
                outcome = Outcome.DENIED;
                code = denial.code();
                throw denial;
            }
            then.with(response);
            outcome = Outcome.ALLOWED;
            code = 200;
        } catch (HookFailure e) {
            outcome = hook.ignoresFailures() ? Outcome.PASSED_BY : Outcome.FAILED;
            code = e.code();
            var message = "failed calling webhook " + GoText.quote(hook.name()) + ": " + e.getMessage();
            if (!hook.ignoresFailures()) {
                throw ApiFailure.internalError(message);
            }
            log.warn("{}; the request passes", message);
        } finally {
            metrics.observe(hook.name(), mutating, request, outcome, code, time.nanoTime() - from);
        }
    }

    private static ApiFailure denied(String hook, JsonNode result) {
        var by = "admission webhook " + GoText.quote(hook) + " denied the request";
        var message = Tree.text(result, "message");
        var reason = Tree.text(result, "reason");
        int code = (int) Tree.number(result, 0, "code");
        var details = Tree.at(result, "details");
        return new ApiFailure(new Status(
                "Failure",
                !message.isEmpty()
                        ? by + ": " + message
                        : !reason.isEmpty() ? by + ": " + reason : by + " without explanation",
                reason,
                details.isObject() ? Optional.of(details(details)) : Optional.empty(),
                code < 400 || code > 599 ? 400 : code));
    }

    private static Details details(JsonNode details) {
        return new Details(
                Tree.text(details, "name"),
                Tree.text(details, "group"),
                Tree.text(details, "kind"),
                Tree.text(details, "uid"),
                Tree.objects(details, "causes").stream()
                        .map(c -> new Cause(Tree.text(c, "reason"), Tree.text(c, "message"), Tree.text(c, "field")))
                        .toList(),
                (int) Tree.number(details, 0, "retryAfterSeconds"));
    }
}
