package dev.navarch.api.versions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.Catalogue;
import dev.navarch.api.Generated;
import dev.navarch.api.Level;
import dev.navarch.api.ObjectDecoder;
import dev.navarch.api.ResourceType;
import java.util.EnumSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class StoredAsTest {
    private static final Catalogue ALL = Catalogue.builtIn(EnumSet.allOf(Level.class));

    private static ObjectNode json(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private static StoredAs storedAs(String group, String version, String plural) {
        return StoredAs.of(ALL.find(group, version, plural).orElseThrow(), ALL);
    }

    @Test
    void theMostMatureVersionIsStoredWhetherOrNotItIsServed() {
        assertThat(storedAs("autoscaling", "v1", "horizontalpodautoscalers")
                        .type()
                        .version())
                .isEqualTo("v2");
        assertThat(storedAs("extensions", "v1beta1", "deployments")
                        .type()
                        .groupVersion()
                        .apiVersion())
                .isEqualTo("apps/v1");
        var beta = Catalogue.builtIn(EnumSet.of(Level.BETA));
        var claims = beta.find("resource.k8s.io", "v1beta1", "resourceclaims").orElseThrow();
        assertThat(StoredAs.of(claims, beta).type().version()).isEqualTo("v1");
        var pods = ALL.find("", "v1", "pods").orElseThrow();
        assertThat(StoredAs.of(pods, ALL)).isEqualTo(StoredAs.served(pods));
    }

    static Stream<ResourceType> converted() {
        return ALL.types().stream()
                .filter(t -> t.stored() && !StoredAs.of(t, ALL).type().equals(t));
    }

    /** Except what the two known forms of autoscalers and events say twice. */
    @ParameterizedTest
    @MethodSource("converted")
    void nothingIsLostOnTheWayThereAndBack(ResourceType served) {
        var kept = StoredAs.of(served, ALL);
        var decoder = new ObjectDecoder();
        var full = decoder.conform(Generated.object(served.schema()), served.schema())
                .tree();
        full.put("apiVersion", served.groupVersion().apiVersion()).put("kind", served.kind());
        if (served.group().equals("autoscaling")) {
            return; // annotations must hold metrics: see AutoscalerFormsTest
        }
        var stored =
                decoder.conform(kept.conversion().toStored(full), kept.type().schema());
        assertThat(stored.strictErrors()).isEmpty();
        assertThat(stored.tree().path("apiVersion").asString())
                .isEqualTo(kept.type().groupVersion().apiVersion());
        assertThat(kept.conversion().toServed(stored.tree())).isEqualTo(full);
    }

    @Test
    void formsOfAnEventConvertBothWays() {
        var core = json("{'apiVersion':'v1','kind':'Event','involvedObject':{'name':'p'},'message':'m','count':2}");
        var event = EventForms.toEvents(core);
        assertThat(event)
                .isEqualTo(json("{'apiVersion':'events.k8s.io/v1','kind':'Event','regarding':{'name':'p'},"
                        + "'note':'m','deprecatedCount':2}"));
        assertThat(EventForms.toCore(event)).isEqualTo(core);
    }

    @Test
    void oldWorkloadsSelectWhatTheirTemplateSays() {
        var stored =
                storedAs("extensions", "v1beta1", "deployments").conversion().toStored(json("""
                    {'apiVersion':'extensions/v1beta1','kind':'Deployment','metadata':{'name':'d'},
                    'spec':{'rollbackTo':{'revision':3},'template':{'metadata':{'labels':{'a':'b'}}}}}\
                    """));
        assertThat(stored).isEqualTo(json("""
            {'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d','labels':{'a':'b'},
            'annotations':{'deprecated.deployment.rollback.revision':'3'}},
            'spec':{'template':{'metadata':{'labels':{'a':'b'}}},'selector':{'matchLabels':{'a':'b'}},
            'strategy':{'rollingUpdate':{'maxUnavailable':1,'maxSurge':1}},
            'revisionHistoryLimit':2147483647,'progressDeadlineSeconds':2147483647}}\
            """));
    }

    @Test
    void requestsForDevicesAreNested() {
        var stored = storedAs("resource.k8s.io", "v1beta1", "resourceclaims")
                .conversion()
                .toStored(json("{'spec':{'devices':{'requests':[{'name':'r','deviceClassName':'c'}]}}}"));
        assertThat(stored.at("/spec/devices/requests/0"))
                .isEqualTo(json("{'name':'r','exactly':{'deviceClassName':'c'}}"));
    }
}
