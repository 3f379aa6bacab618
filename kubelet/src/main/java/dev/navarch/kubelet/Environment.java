package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.Pods;
import dev.navarch.kubelet.volumes.DownwardApi;
import dev.navarch.kubelet.volumes.ObjectSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The environment variables of a container: services, then envFrom, then env; later ones win and may refer to earlier
 * ones.
 *
 * <p>Sources of the behaviour: makeEnvironmentVariables and getServiceEnvVarMap in kubernetes pkg/kubelet/kubelet_pods.go,
 * pkg/kubelet/envvars/envvars.go.
 */
final class Environment {
    private final Pod pod;
    private final Container container;
    private final ObjectSource source;
    private final DownwardApi downward;
    private final Map<String, String> variables = new LinkedHashMap<>();

    private Environment(Pod pod, Container container, ObjectSource source, DownwardApi downward) {
        this.pod = pod;
        this.container = container;
        this.source = source;
        this.downward = downward;
    }

    static Map<String, String> of(
            Pod pod, Container container, Collection<Service> services, ObjectSource source, DownwardApi downward)
            throws StartFailure {
        var environment = new Environment(pod, container, source, downward);
        Map<String, String> ofServices = services(pod, services);
        environment.fromSources();
        environment.own(ofServices);
        ofServices.forEach(environment.variables::putIfAbsent);
        return environment.variables;
    }

    /** The API server's service, and, unless the pod declines, those of the pod's namespace. */
    static Map<String, String> services(Pod pod, Collection<Service> services) {
        Map<String, String> all = new TreeMap<>();
        boolean links = !Boolean.FALSE.equals(pod.getSpec().getEnableServiceLinks());
        for (var service : services) {
            var meta = service.getMetadata();
            boolean master =
                    meta.getNamespace().equals("default") && meta.getName().equals("kubernetes");
            boolean near = links && meta.getNamespace().equals(pod.getMetadata().getNamespace());
            if (master || near) {
                addService(all, service);
            }
        }
        return all;
    }

    private static void addService(Map<String, String> all, Service service) {
        var ip = service.getSpec().getClusterIP();
        var ports = Pods.orEmpty(service.getSpec().getPorts());
        if (ip == null || ip.isEmpty() || ip.equals("None") || ports.isEmpty()) {
            return;
        }
        var host = ip.indexOf(':') >= 0 ? "[" + ip + "]" : ip;
        var prefix = name(service.getMetadata().getName());
        all.put(prefix + "_SERVICE_HOST", ip);
        all.put(prefix + "_SERVICE_PORT", ports.getFirst().getPort().toString());
        boolean first = true;
        for (var port : ports) {
            var protocol = port.getProtocol() == null ? "TCP" : port.getProtocol();
            var number = port.getPort().toString();
            var url = protocol.toLowerCase(Locale.ROOT) + "://" + host + ":" + number;
            if (port.getName() != null && !port.getName().isEmpty()) {
                all.put(prefix + "_SERVICE_PORT_" + name(port.getName()), number);
            }
            if (first) {
                all.put(prefix + "_PORT", url);
                first = false;
            }
            var detail = prefix + "_PORT_" + number + "_" + protocol.toUpperCase(Locale.ROOT);
            all.put(detail, url);
            all.put(detail + "_PROTO", protocol.toLowerCase(Locale.ROOT));
            all.put(detail + "_PORT", number);
            all.put(detail + "_ADDR", ip);
        }
    }

    private static String name(String text) {
        return text.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private void fromSources() throws StartFailure {
        for (var from : Pods.orEmpty(container.getEnvFrom())) {
            var prefix = from.getPrefix() == null ? "" : from.getPrefix();
            if (from.getConfigMapRef() != null) {
                var ref = from.getConfigMapRef();
                var map = source.configMap(pod.getMetadata().getNamespace(), ref.getName());
                if (map.isEmpty()) {
                    demand(ref.getOptional(), "configmap", ref.getName());
                } else if (map.get().getData() != null) {
                    new TreeMap<>(map.get().getData()).forEach((k, v) -> variables.put(prefix + k, v));
                }
            } else if (from.getSecretRef() != null) {
                var ref = from.getSecretRef();
                var secret = source.secret(pod.getMetadata().getNamespace(), ref.getName());
                if (secret.isEmpty()) {
                    demand(ref.getOptional(), "secret", ref.getName());
                } else if (secret.get().getData() != null) {
                    new TreeMap<>(secret.get().getData()).forEach((k, v) -> variables.put(prefix + k, decode(v)));
                }
            }
        }
    }

    private static void demand(@Nullable Boolean optional, String kind, String name) throws StartFailure {
        if (!Boolean.TRUE.equals(optional)) {
            throw failure(kind + " \"" + name + "\" not found");
        }
    }

    private static StartFailure failure(String message) {
        return new StartFailure("CreateContainerConfigError", message);
    }

    private static String decode(String base64) {
        return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    }

    private void own(Map<String, String> ofServices) throws StartFailure {
        for (var env : Pods.orEmpty(container.getEnv())) {
            Optional<String> value;
            if (env.getValueFrom() != null) {
                value = from(env.getValueFrom());
            } else {
                Map<String, String> known = new LinkedHashMap<>(ofServices);
                known.putAll(variables);
                value = Optional.of(env.getValue() == null ? "" : Expansion.expand(env.getValue(), known));
            }
            value.ifPresent(v -> variables.put(env.getName(), v));
        }
    }

    private Optional<String> from(EnvVarSource from) throws StartFailure {
        try {
            if (from.getFieldRef() != null) {
                return Optional.of(downward.field(pod, from.getFieldRef().getFieldPath()));
            }
            if (from.getResourceFieldRef() != null) {
                return Optional.of(downward.resource(pod, container.getName(), from.getResourceFieldRef()));
            }
        } catch (IllegalArgumentException e) {
            throw new StartFailure("CreateContainerConfigError", e.getMessage(), e);
        }
        var namespace = pod.getMetadata().getNamespace();
        if (from.getConfigMapKeyRef() != null) {
            var ref = from.getConfigMapKeyRef();
            var map = source.configMap(namespace, ref.getName());
            if (map.isEmpty()) {
                demand(ref.getOptional(), "configmap", ref.getName());
                return Optional.empty();
            }
            var data = map.get().getData();
            return key(
                    data == null ? null : data.get(ref.getKey()),
                    ref.getKey(),
                    ref.getOptional(),
                    "ConfigMap",
                    namespace,
                    ref.getName());
        }
        if (from.getSecretKeyRef() != null) {
            var ref = from.getSecretKeyRef();
            var secret = source.secret(namespace, ref.getName());
            if (secret.isEmpty()) {
                demand(ref.getOptional(), "secret", ref.getName());
                return Optional.empty();
            }
            var data = secret.get().getData();
            return key(
                            data == null ? null : data.get(ref.getKey()),
                            ref.getKey(),
                            ref.getOptional(),
                            "Secret",
                            namespace,
                            ref.getName())
                    .map(Environment::decode);
        }
        return Optional.empty();
    }

    private static Optional<String> key(
            @Nullable String value, String key, @Nullable Boolean optional, String kind, String namespace, String name)
            throws StartFailure {
        if (value == null && !Boolean.TRUE.equals(optional)) {
            throw failure("couldn't find key " + key + " in " + kind + " " + namespace + "/" + name);
        }
        return Optional.ofNullable(value);
    }
}
