package dev.navarch.kubelet;

import dev.navarch.kubelet.pods.Pods;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The /etc/hosts of a pod's containers. Source of the form: kubernetes pkg/kubelet/kubelet_pods.go. */
final class HostsFile {
    private static final String HEADER = "# Kubernetes-managed hosts file";

    private HostsFile() {}

    /** Writes the file in place, since running containers have it mounted. */
    static void write(Path file, Pod pod, List<String> podIps, String domain) throws IOException {
        var content = Pods.hostNetwork(pod) ? ofHost() : ofPod(pod, podIps, domain);
        content += aliases(pod);
        if (!Files.exists(file) || !Files.readString(file).equals(content)) {
            Files.write(file, content.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String ofHost() throws IOException {
        var own = Path.of("/etc/hosts");
        return HEADER + " (host network).\n" + (Files.exists(own) ? Files.readString(own) : "");
    }

    private static String ofPod(Pod pod, List<String> podIps, String domain) {
        var text = new StringBuilder(HEADER).append(".\n");
        text.append("127.0.0.1\tlocalhost\n");
        text.append("::1\tlocalhost ip6-localhost ip6-loopback\n");
        text.append("fe00::0\tip6-localnet\n");
        text.append("fe00::0\tip6-mcastprefix\n");
        text.append("fe00::1\tip6-allnodes\n");
        text.append("fe00::2\tip6-allrouters\n");
        var hostname = Pods.hostname(pod);
        var subdomain = pod.getSpec().getSubdomain();
        var names = subdomain == null || subdomain.isEmpty()
                ? hostname
                : hostname + "." + subdomain + "." + pod.getMetadata().getNamespace() + ".svc." + domain + "\t"
                        + hostname;
        for (var ip : podIps) {
            text.append(ip).append('\t').append(names).append('\n');
        }
        return text.toString();
    }

    private static String aliases(Pod pod) {
        var aliases = Pods.orEmpty(pod.getSpec().getHostAliases());
        if (aliases.isEmpty()) {
            return "";
        }
        var text = new StringBuilder("\n# Entries added by HostAliases.\n");
        aliases.forEach(a -> text.append(a.getIp())
                .append('\t')
                .append(String.join("\t", a.getHostnames()))
                .append('\n'));
        return text.toString();
    }
}
