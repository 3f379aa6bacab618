package dev.navarch.api.kinds;

import dev.navarch.api.Catalogue;
import dev.navarch.api.FieldError;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Trees and rules for tests; JSON may be written with single quotes. */
final class Objects {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();
    private static final Catalogue CATALOGUE = Catalogue.builtIn();
    private static final KindRulesCatalogue RULES = KindRulesCatalogue.builtIn();

    private Objects() {}

    static ObjectNode json(String text) {
        return (ObjectNode) MAPPER.readTree(text.replace('\'', '"'));
    }

    static KindRules rules(String apiVersion, String kind) {
        return RULES.of(CATALOGUE.byKind(apiVersion, kind).orElseThrow());
    }

    static boolean namespaced(String apiVersion, String kind) {
        return CATALOGUE.byKind(apiVersion, kind).orElseThrow().namespaced();
    }

    /** As the registry does for a create; what is wrong. */
    static List<String> create(KindRules rules, ObjectNode object) {
        rules.defaults(object);
        rules.prepareForCreate(object);
        return rules.validate(object).stream().map(FieldError::message).toList();
    }

    /** As the registry does for an update; what is wrong. */
    static List<String> update(KindRules rules, ObjectNode now, ObjectNode old) {
        rules.defaults(now);
        rules.prepareForUpdate(now, old);
        return rules.validateUpdate(now, old).stream().map(FieldError::message).toList();
    }

    static ObjectNode pod(String spec) {
        return json("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'default','uid':'u'},'spec':"
                + spec + "}");
    }

    static ObjectNode deployment(String extra) {
        return json("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'d','namespace':'default'},"
                + "'spec':{'selector':{'matchLabels':{'app':'web'}},'template':{'metadata':{'labels':{'app':'web'}},"
                + "'spec':{'containers':[{'name':'c','image':'web:1'}]}}" + extra + "}}");
    }
}
