package dev.navarch.api.versions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class AutoscalerFormsTest {
    private static ObjectNode json(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    private static final ObjectNode EVERYTHING = json("""
            {'apiVersion':'autoscaling/v2','metadata':{'name':'a'},'spec':{'maxReplicas':3,'metrics':[
            {'type':'Resource','resource':{'name':'cpu','target':{'type':'Utilization','averageUtilization':60}}},
            {'type':'Resource','resource':{'name':'memory','target':{'type':'AverageValue','averageValue':'1Mi'}}},
            {'type':'ContainerResource','containerResource':{'name':'cpu','container':'c',
              'target':{'type':'Utilization','averageUtilization':7}}},
            {'type':'Pods','pods':{'metric':{'name':'m'},'target':{'type':'AverageValue','averageValue':'2'}}},
            {'type':'Object','object':{'describedObject':{'kind':'Service','name':'s'},'metric':{'name':'m',
              'selector':{'matchLabels':{'a':'b'}}},'target':{'type':'Value','value':'3'}}},
            {'type':'External','external':{'metric':{'name':'q','selector':{'matchLabels':{'a':'b'}}},
              'target':{'type':'AverageValue','averageValue':'4'}}}],
            'behavior':{'scaleDown':{'stabilizationWindowSeconds':9}}},
            'status':{'currentReplicas':2,'currentMetrics':[
            {'type':'Resource','resource':{'name':'cpu','current':{'averageUtilization':55}}},
            {'type':'Pods','pods':{'metric':{'name':'m'},'current':{'averageValue':'2'}}}],
            'conditions':[{'type':'AbleToScale','status':'True'}]}}""");

    @Test
    void nothingIsLostOnTheWayToTheFirstVersionAndBack() {
        var first = AutoscalerForms.toV1(EVERYTHING);
        assertThat(AutoscalerForms.toV2(first)).isEqualTo(EVERYTHING);
        assertThat(first.at("/apiVersion").stringValue()).isEqualTo("autoscaling/v1");
        assertThat(first.at("/spec/targetCPUUtilizationPercentage").intValue()).isEqualTo(60);
        assertThat(first.at("/status/currentCPUUtilizationPercentage").intValue())
                .isEqualTo(55);
        assertThat(first.path("spec").has("metrics")).isFalse();
        assertThat(first.path("spec").has("behavior")).isFalse();
        assertThat(first.path("status").has("conditions")).isFalse();
    }

    @Test
    void annotationsHaveTheFirstVersionsNames() {
        var metrics = AutoscalerForms.toV1(EVERYTHING)
                .path("metadata")
                .path("annotations")
                .path("autoscaling.alpha.kubernetes.io/metrics")
                .stringValue();
        assertThat(metrics)
                .contains(
                        "\"targetAverageValue\":\"1Mi\"",
                        "\"targetAverageUtilization\":7",
                        "\"metricName\":\"m\"",
                        "\"target\":{\"kind\":\"Service\"",
                        "\"targetValue\":\"3\"",
                        "\"metricSelector\":");
    }

    @Test
    void withoutMetricsTheCpuIsAimedAt() {
        var second = AutoscalerForms.toV2(json("{'apiVersion':'autoscaling/v1','spec':{'maxReplicas':3}}"));
        assertThat(second.at("/spec/metrics/0/resource/target/averageUtilization")
                        .intValue())
                .isEqualTo(80);
    }

    @Test
    void annotationsThatAreNoMetricsAreLost() {
        for (var text : new String[] {"[", "7", "{}", "[7,{'resource':3}]"}) {
            var hostile = json("{'apiVersion':'autoscaling/v1','metadata':{'annotations':{}},'spec':{}}");
            ((ObjectNode) hostile.at("/metadata/annotations"))
                    .put("autoscaling.alpha.kubernetes.io/metrics", text.replace('\'', '"'));
            assertThat(AutoscalerForms.toV2(hostile).path("metadata").has("annotations"))
                    .isFalse();
        }
    }
}
