package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.ObjectSchema;
import dev.navarch.api.SubresourceType;
import dev.navarch.apiserver.admission.AdmissionRequest.Operation;
import dev.navarch.apiserver.fields.FieldManager;
import dev.navarch.apiserver.fields.FieldWriter;
import dev.navarch.apiserver.fields.PathElement;
import dev.navarch.apiserver.fields.ScaleFields;
import dev.navarch.apiserver.fields.Versions;
import dev.navarch.apiserver.registry.WriteVerbs.Target;
import dev.navarch.apiserver.request.ApiFailure;
import dev.navarch.apiserver.request.ApiRequest;
import dev.navarch.apiserver.request.ApiResponse;
import dev.navarch.apiserver.tree.Meta;
import dev.navarch.apiserver.tree.Tree;
import dev.navarch.apiserver.wire.Negotiated;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.ObjectNode;

/**
 * The {@code scale} subresource: the replicas of any kind that has some, in one form (source: kubernetes
 * pkg/registry/apps/deployment/storage/storage.go, ScaleREST).
 */
final class Scales {
    private final Objects objects;
    private final WriteVerbs writes;
    private final Bodies bodies;
    private final Renderer renderer;
    private final PartAdmission admission;

    private final FieldManager.Shared shared;
    private final Map<String, FieldManager> managers = new ConcurrentHashMap<>();

    Scales(
            Objects objects,
            WriteVerbs writes,
            Bodies bodies,
            Renderer renderer,
            PartAdmission admission,
            FieldManager.Shared shared) {
        this.shared = shared;
        this.admission = admission;
        this.objects = objects;
        this.writes = writes;
        this.bodies = bodies;
        this.renderer = renderer;
    }

    ApiResponse serve(ApiRequest request, ServedResource resource, SubresourceType type) throws InterruptedException {
        var form = Negotiated.of(request);
        var info = request.info();
        List<String> warnings = new ArrayList<>();
        var scale = switch (info.verb()) {
            case "get" ->
                scaleOf(
                        type,
                        ScalePaths.of(resource),
                        resource.form()
                                .served(objects.tree(objects.find(resource, info.namespace(), info.name())
                                        .orElseThrow(() -> resource.notFound(info.name())))));
            case "update" -> {
                var options = WriteOptions.of(request.query(), "UpdateOptions");
                var wanted = bodies.read(request, type, options.fieldValidation(), warnings);
                var by = resource.writer(request, options, type.name());
                yield write(
                        request, resource, type, options, warnings, old -> tracked(type, old, wanted.deepCopy(), by));
            }
            case "patch" -> patch(request, resource, type, warnings);
            default -> throw ApiFailure.methodNotAllowed();
        };
        return renderer.document(200, form, scale, WriteVerbs.warningHeaders(warnings));
    }

    private ObjectNode patch(ApiRequest request, ServedResource resource, SubresourceType type, List<String> warnings)
            throws InterruptedException {
        var patches = writes.patches();
        boolean applies = patches.applies(request);
        var options = WriteOptions.ofPatch(request.query(), applies);
        var by = resource.writer(request, options, type.name());
        if (applies) {
            var config = patches.readConfig(request, options.fieldValidation(), warnings);
            return write(request, resource, type, options, warnings, old -> {
                var next = fields(type).apply(old, config.tree(), by, options.force());
                config.report();
                return patches.conforming(next, type.schema());
            });
        }
        var patch = patches.read(request, resource, type.schema());
        return write(
                request,
                resource,
                type,
                options,
                warnings,
                old -> tracked(type, old, patch.apply(old, options.fieldValidation(), warnings), by));
    }

    private ObjectNode tracked(SubresourceType type, ObjectNode old, ObjectNode now, FieldWriter by) {
        fields(type).update(old, now, by);
        return now;
    }

    /** Managed fields of a scale itself, for as long as it takes to write it. */
    private FieldManager fields(SubresourceType type) {
        return managers.computeIfAbsent(type.groupVersion().apiVersion(), version -> {
            return new FieldManager(version, type.kind(), Versions.only(version, type.schema()), shared);
        });
    }

    private interface Wanted {
        /** @param old with its managed fields */
        ObjectNode scale(ObjectNode old);
    }

    private ObjectNode write(
            ApiRequest request,
            ServedResource resource,
            SubresourceType type,
            WriteOptions options,
            List<String> warnings,
            Wanted wanted)
            throws InterruptedException {
        var info = request.info();
        var target = new Target(
                resource.stored(),
                info.namespace(),
                info.name(),
                Part.WHOLE,
                type.name(),
                request.user(),
                options.dryRun(),
                Tracking.DONE);
        var paths = ScalePaths.of(resource);
        var translation = new ScaleFields(
                resource.fields().everywhere(PathElement.path(paths.spec().toArray(String[]::new))),
                resource.type().groupVersion().apiVersion(),
                type.groupVersion().apiVersion(),
                shared);
        var outcome = writes.change(target, false, stored -> {
            var old = resource.form().served(stored);
            var managers = Tree.at(old, "metadata", "managedFields");
            var before = scaleOf(type, paths, old);
            Meta.of(before).set("managedFields", translation.toScale(managers));
            var scale = wanted.scale(before);
            var shown = before.deepCopy();
            Meta.of(shown).remove("managedFields");
            admission.admit(
                    Operation.UPDATE,
                    request,
                    resource,
                    info.name(),
                    type,
                    scale,
                    Optional.of(shown),
                    options.dryRun(),
                    warnings::add);
            var replicas = Tree.number(scale, 0, "spec", "replicas");
            if (replicas < 0) {
                throw ServedResource.invalid(
                        "autoscaling",
                        "Scale",
                        info.name(),
                        List.of(FieldError.invalid("spec.replicas", replicas, "must be greater than or equal to 0")));
            }
            var now = old.deepCopy();
            paths.setReplicas(now, replicas);
            Meta.of(now).put("name", Meta.name(scale));
            var version = Meta.resourceVersion(scale);
            Meta.of(now).put("resourceVersion", version.isEmpty() ? Meta.resourceVersion(old) : version);
            if (!Meta.uid(scale).isEmpty()) {
                Meta.of(now).put("uid", Meta.uid(scale));
            }
            Meta.of(now)
                    .set("managedFields", translation.toObject(managers, Tree.at(scale, "metadata", "managedFields")));
            return resource.form().stored(now);
        });
        return scaleOf(type, paths, resource.form().served(objects.tree(outcome.entry())));
    }

    private static ObjectNode scaleOf(SubresourceType type, ScalePaths paths, ObjectNode object) {
        var scale = Tree.object()
                .put("kind", "Scale")
                .put("apiVersion", type.groupVersion().apiVersion());
        var meta = scale.putObject("metadata");
        for (var field : List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
            var value = Tree.text(object, "metadata", field);
            if (!value.isEmpty()) {
                meta.put(field, value);
            }
        }
        var spec = scale.putObject("spec");
        long replicas = paths.specReplicas(object);
        if (replicas != 0) {
            spec.put("replicas", replicas);
        }
        var status = scale.putObject("status");
        status.put("replicas", paths.statusReplicas(object));
        var selector = paths.selector(object);
        if (selector.isEmpty()) {
            return scale;
        }
        if (type.schema().fields().get("status").schema() instanceof ObjectSchema form
                && form.field("targetSelector") != null) {
            // the versions before autoscaling/v1
            var labels = Tree.at(object, "spec", "selector", "matchLabels");
            if (!Tree.has(Tree.at(object, "spec", "selector"), "matchExpressions") && labels.isObject()) {
                status.set("selector", labels);
            }
            status.put("targetSelector", selector);
        } else {
            status.put("selector", selector);
        }
        return scale;
    }
}
