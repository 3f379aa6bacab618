package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Level;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuntimeConfigTest {
    private static List<String> versions(String settings) {
        return RuntimeConfig.parse(settings, false).catalogue().groupVersions().stream()
                .map(v -> v.apiVersion())
                .toList();
    }

    @Test
    void onlyStableVersionsAreServedUnlessSomebodyAsks() {
        assertThat(RuntimeConfig.STANDARD.catalogue().types()).allMatch(t -> t.level() == Level.STABLE);
        assertThat(versions("api/beta=true"))
                .contains("resource.k8s.io/v1beta1", "resource.k8s.io/v1")
                .doesNotContain("scheduling.k8s.io/v1alpha2", "apps/v1beta1");
        assertThat(versions("api/all")).contains("scheduling.k8s.io/v1alpha2").doesNotContain("extensions/v1beta1");
        assertThat(versions("api/ga=false,apps/v1=true")).containsExactly("apps/v1");
        assertThat(versions("api/all=true,resource.k8s.io/v1beta1=0,v1=true"))
                .contains("resource.k8s.io/v1beta2", "v1")
                .doesNotContain("resource.k8s.io/v1beta1");
    }

    @Test
    void oneResourceOfAVersionMayBeSwitched() {
        var served = RuntimeConfig.parse(
                        "networking.k8s.io/v1beta1/ipaddresses=true,apps/v1/controllerrevisions=false", false)
                .catalogue();
        assertThat(served.find("networking.k8s.io", "v1beta1", "ipaddresses")).isPresent();
        assertThat(served.find("networking.k8s.io", "v1beta1", "servicecidrs")).isEmpty();
        assertThat(served.find("apps", "v1", "controllerrevisions")).isEmpty();
    }

    @Test
    void whatWasRemovedIsServedOnlyToThoseWhoAskForThePast() {
        var served = RuntimeConfig.parse("extensions/v1beta1/replicasets=false", true)
                .catalogue();
        assertThat(served.find("apps", "v1beta1", "deployments")).isPresent();
        assertThat(served.find("extensions", "v1beta1", "deployments")).isPresent();
        assertThat(served.find("extensions", "v1beta1", "replicasets")).isEmpty();
        assertThat(served.groups().stream().filter(g -> g.name().equals("apps")).findFirst())
                .hasValueSatisfying(g -> assertThat(g.preferred().version()).isEqualTo("v1"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        nope/v1=true        | unknown api groups nope
        apps/v7=true        | group version apps/v7 that has not been registered
        apps/v1beta1=true   | group version apps/v1beta1 that has not been registered
        apps/v1=perhaps     | invalid value apps/v1=perhaps
        apps/v1/Pods=true   | resource is always lowercase plural, not "Pods"
        apps=true           | runtime-config invalid key apps
        """)
    void whatCannotBeIsNamed(String settings, String complaint) {
        assertThatThrownBy(() -> RuntimeConfig.parse(settings, false)).hasMessageContaining(complaint);
    }
}
