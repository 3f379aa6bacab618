package dev.navarch.runtime.cri;

import java.nio.file.Path;

/**
 * containerd's configuration file, version 2 (source: containerd docs/man/containerd-config.toml.5.md and, for the
 * CRI plugin, docs/cri/config.md).
 *
 * @param snapshotter {@code overlayfs}, or {@code native} where the file system below cannot carry an overlay
 * @param apparmor whether the host enforces AppArmor
 * @param mayLowerOomScores whether this process may make processes less likely to be killed
 */
record ContainerdConfig(
        NodeLayout layout, HostPrograms programs, String snapshotter, boolean apparmor, boolean mayLowerOomScores) {

    String toml() {
        var cri = "plugins.\"io.containerd.grpc.v1.cri\"";
        return """
                # Written by Navarch at every start; changes are lost.
                version = 2
                root = %s
                state = %s
                oom_score = %s
                disabled_plugins = [
                  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs",
                  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs",
                  "io.containerd.internal.v1.opt", "io.containerd.internal.v1.restart",
                  "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp",
                ]

                [grpc]
                address = %s

                [%s]
                sandbox_image = %s
                stream_server_address = "127.0.0.1"
                stream_server_port = "0"
                disable_tcp_service = true
                disable_apparmor = %b
                restrict_oom_score_adj = %b
                max_container_log_line_size = 16384
                netns_mounts_under_state_dir = true
                tolerate_missing_hugetlb_controller = true

                [%s.containerd]
                snapshotter = %s
                default_runtime_name = "runc"

                [%s.containerd.runtimes.runc]
                runtime_type = "io.containerd.runc.v2"

                [%s.containerd.runtimes.runc.options]
                BinaryName = %s
                Root = %s
                SystemdCgroup = false

                [%s.cni]
                bin_dir = %s
                conf_dir = %s
                max_conf_num = 1

                [%s.registry]
                config_path = %s
                """.formatted(
                        quoted(layout.containerdRoot()),
                        quoted(layout.stateDir()),
                        mayLowerOomScores ? -999 : 0,
                        quoted(layout.containerdSocket()),
                        cri,
                        quoted(PauseImage.NAME),
                        !apparmor,
                        !mayLowerOomScores,
                        cri,
                        quoted(snapshotter),
                        cri,
                        cri,
                        quoted(programs.runc()),
                        quoted(layout.stateDir().resolve("runc")),
                        cri,
                        quoted(programs.cniPlugins()),
                        quoted(layout.cniConfig()),
                        cri,
                        quoted(layout.registryConfig()));
    }

    private static String quoted(Path path) {
        return quoted(path.toString());
    }

    /** A TOML basic string. */
    static String quoted(String text) {
        var out = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                out.append('\\').appendCodePoint(c);
            } else if (c < 0x20 || c == 0x7f) {
                out.append("\\u%04x".formatted(c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return out.append('"').toString();
    }
}
