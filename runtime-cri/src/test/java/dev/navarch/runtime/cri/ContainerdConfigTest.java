package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ContainerdConfigTest {
    private static final NodeLayout LAYOUT = new NodeLayout(Path.of("/var/lib/some \"odd\" place"), "0123abcd");

    @Test
    void textsAreQuoted() {
        assertThat(ContainerdConfig.quoted("a\"b\\c\n")).isEqualTo("\"a\\\"b\\\\c\\u000a\"");
    }

    @Test
    void everythingIsBelowTheClustersOwnDirectories() {
        var programs = new HostPrograms(
                Path.of("/usr/bin/containerd"),
                Path.of("/usr/bin/ctr"),
                Path.of("/usr/sbin/runc"),
                Path.of("/usr/lib/cni"));
        var toml = new ContainerdConfig(LAYOUT, programs, "overlayfs", false, true).toml();
        assertThat(toml)
                .contains("root = \"/var/lib/some \\\"odd\\\" place/containerd\"")
                .contains("state = \"/run/navarch-0123abcd\"")
                .contains("address = \"/run/navarch-0123abcd/containerd.sock\"")
                .contains("Root = \"/run/navarch-0123abcd/runc\"")
                .contains("disable_apparmor = true")
                .contains("restrict_oom_score_adj = false");
    }

    @Test
    void namesFitTheKernelsLimits() {
        assertThat(LAYOUT.bridge()).hasSizeLessThanOrEqualTo(15);
        assertThat(LAYOUT.containerdSocket().toString()).hasSizeLessThanOrEqualTo(107);
    }

    @Test
    void podNetworkCarriesTheId() {
        assertThat(new CniConfig(LAYOUT, "10.1.0.0/24").conflist())
                .contains("\"bridge\" : \"nv0123abcd0\"")
                .contains("\"subnet\" : \"10.1.0.0/24\"")
                .contains("\"hairpinMode\" : true");
    }

    @Test
    void cgroupIsAPathBelowAHierarchy() {
        assertThat(Path.of("/sys/fs/cgroup/memory").resolve(LAYOUT.cgroupRoot()))
                .isEqualTo(Path.of("/sys/fs/cgroup/memory/navarch-0123abcd"));
    }
}
