package dev.navarch.apiserver.custom;

import dev.navarch.api.custom.CustomVersion;
import dev.navarch.api.structural.Defaulting;
import dev.navarch.api.structural.Pruning;
import dev.navarch.api.versions.Conversion;
import dev.navarch.apiserver.custom.ConversionMetrics.Failure;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.Status;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.webhook.HookClient;
import dev.navarch.apiserver.webhook.HookFailure;
import dev.navarch.apiserver.webhook.HookUsers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Between two versions of a custom resource by the definition's webhook. What it makes is pruned and gets defaults; of
 * metadata it decides labels and annotations only (source: k8s.io/apiextensions-apiserver
 * pkg/apiserver/conversion/webhook_converter.go).
 *
 * @param definition the definition's name
 * @param group of the definition
 * @param webhook {@code spec.conversion.webhook}
 * @param uids of reviews
 */
public record WebhookConversion(
        String definition,
        String group,
        CustomVersion served,
        CustomVersion stored,
        JsonNode webhook,
        HookClient client,
        Supplier<String> uids,
        ConversionMetrics metrics)
        implements Conversion {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);
    private static final String REVIEWS = "apiextensions.k8s.io/";
    private static final List<String> KNOWN = List.of("v1", "v1beta1");

    @Override
    public ObjectNode toStored(ObjectNode object) {
        var whole = object.deepCopy();
        Defaulting.apply(whole, served.structural());
        return convert(List.of(whole), stored).getFirst();
    }

    @Override
    public ObjectNode toServed(ObjectNode object) {
        return convert(List.of(object), served).getFirst();
    }

    @Override
    public List<ObjectNode> allToServed(List<ObjectNode> objects) {
        return convert(objects, served);
    }

    @Override
    public boolean callsOut() {
        return true;
    }

    /** All that are not in that version already go to the webhook in one review. */
    private List<ObjectNode> convert(List<ObjectNode> objects, CustomVersion to) {
        var apiVersion = group + "/" + to.name();
        var others = objects.stream()
                .filter(o -> !Tree.text(o, "apiVersion").equals(apiVersion))
                .toList();
        var converted = (others.isEmpty() ? List.<ObjectNode>of() : ask(others, apiVersion)).iterator();
        List<ObjectNode> all = new ArrayList<>();
        for (var object : objects) {
            var one = Tree.text(object, "apiVersion").equals(apiVersion) ? object.deepCopy() : converted.next();
            Pruning.prune(one, to.structural());
            Defaulting.apply(one, to.structural());
            all.add(one);
        }
        return all;
    }

    private List<ObjectNode> ask(List<ObjectNode> objects, String apiVersion) {
        var fromVersion = Tree.text(objects.getFirst(), "apiVersion");
        return metrics.observe(
                definition,
                fromVersion.substring(fromVersion.indexOf('/') + 1),
                apiVersion.substring(apiVersion.indexOf('/') + 1),
                () -> asked(objects, apiVersion));
    }

    private List<ObjectNode> asked(List<ObjectNode> objects, String apiVersion) {
        var call = metrics.new Call();
        try {
            var converted = asked(objects, apiVersion, call);
            call.succeeded();
            return converted;
        } catch (ApiFailure e) {
            call.failed();
            throw e;
        }
    }

    private List<ObjectNode> asked(List<ObjectNode> objects, String apiVersion, ConversionMetrics.Call call) {
        var from = Tree.text(objects.getFirst(), "apiVersion") + ", Kind=" + Tree.text(objects.getFirst(), "kind");
        var who = "conversion webhook for " + from;
        var version = Tree.strings(webhook, "conversionReviewVersions").stream()
                .filter(KNOWN::contains)
                .findFirst()
                .orElseThrow(() -> failure("no supported conversion review versions"));
        var review = Tree.object().put("kind", "ConversionReview").put("apiVersion", REVIEWS + version);
        var request = review.putObject("request").put("uid", uids.get()).put("desiredAPIVersion", apiVersion);
        request.putArray("objects").addAll(objects);
        List<ObjectNode> converted;
        try {
            var answer = client.post(HookUsers.ANONYMOUS, Tree.at(webhook, "clientConfig"), review, TIMEOUT, false);
            call.reached(Failure.MALFORMED);
            converted = converted(review, answer);
            call.reached(Failure.PARTIAL);
        } catch (HookFailure e) {
            throw failure(who + " failed: " + withoutPrefix(e.getMessage()));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw failure(who + " failed: context canceled");
        }
        if (converted.size() != objects.size()) {
            throw failure(who + " returned " + converted.size() + " objects, expected " + objects.size());
        }
        call.reached(Failure.INVALID);
        for (int i = 0; i < objects.size(); i++) {
            checkVersion(who, i, objects.get(i), converted.get(i), apiVersion);
            checkIdentity(who, objects.get(i), converted.get(i));
            restoreMetadata(who, objects.get(i), converted.get(i));
        }
        return converted;
    }

    /** What the client of admission puts in front is not said here. */
    private static String withoutPrefix(String message) {
        var prefix = "failed to call webhook: ";
        return message.startsWith(prefix) ? message.substring(prefix.length()) : message;
    }

    private static ApiFailure failure(String message) {
        return new ApiFailure(new Status("Failure", message, "", Optional.empty(), 500));
    }

    private static List<ObjectNode> converted(ObjectNode review, ObjectNode answer) throws HookFailure {
        var response = Tree.at(answer, "response");
        var apiVersion = Tree.text(review, "apiVersion");
        if (apiVersion.equals(REVIEWS + "v1")) {
            var got = Tree.text(answer, "apiVersion") + ", Kind=" + Tree.text(answer, "kind");
            if (!got.equals(apiVersion + ", Kind=ConversionReview")) {
                throw new HookFailure(
                        "expected webhook response of " + apiVersion + ", Kind=ConversionReview, got " + got);
            }
        }
        if (!response.isObject()) {
            throw new HookFailure("no response provided");
        }
        var uid = Tree.text(review, "request", "uid");
        if (apiVersion.equals(REVIEWS + "v1") && !Tree.text(response, "uid").equals(uid)) {
            throw new HookFailure("expected response.uid=\"" + uid + "\", got \"" + Tree.text(response, "uid") + "\"");
        }
        var status = Tree.text(response, "result", "status");
        if (!status.equals("Success")) {
            var message = Tree.text(response, "result", "message");
            throw new HookFailure(
                    message.isEmpty() ? "response.result.status was '" + status + "', not 'Success'" : message);
        }
        return Tree.objects(response, "convertedObjects");
    }

    private static void checkVersion(String who, int index, ObjectNode before, ObjectNode after, String apiVersion) {
        var invalid = who + " returned invalid object at index " + index + ": ";
        var got = Tree.text(after, "apiVersion");
        if (!got.equals(apiVersion)) {
            throw failure(invalid + "invalid groupVersion (expected " + apiVersion + ", received " + got + ")");
        }
        var kind = Tree.text(before, "kind");
        if (!Tree.text(after, "kind").equals(kind)) {
            throw failure(invalid + "invalid kind (expected " + kind + ", received " + Tree.text(after, "kind") + ")");
        }
    }

    private static void checkIdentity(String who, ObjectNode before, ObjectNode after) {
        same(who, "name", Meta.name(before), Meta.name(after));
        same(who, "namespace", Meta.namespace(before), Meta.namespace(after));
        same(who, "UID", Meta.uid(before), Meta.uid(after));
    }

    private static void same(String who, String what, String before, String after) {
        if (!before.equals(after)) {
            throw failure(
                    who + " returned invalid object: must have the same " + what + ": " + before + " != " + after);
        }
    }

    private static void restoreMetadata(String who, ObjectNode before, ObjectNode after) {
        var invalid = who + " returned invalid metadata: ";
        if (!(after.get("metadata") instanceof ObjectNode given)) {
            throw failure(invalid + "missing metadata in converted object");
        }
        var metadata = Meta.of(before.deepCopy());
        for (var field : List.of("labels", "annotations")) {
            var values = given.get(field);
            if (values == null || values.isNull()) {
                metadata.remove(field);
                continue;
            }
            if (!values.isObject()) {
                throw failure(invalid + "invalid metadata." + field + " in converted object");
            }
            for (var value : values.properties()) {
                if (!value.getValue().isString()) {
                    throw failure(invalid + "metadata." + field + "[" + value.getKey() + "] must be a string");
                }
            }
            metadata.set(field, values);
        }
        after.set("metadata", metadata);
    }
}
