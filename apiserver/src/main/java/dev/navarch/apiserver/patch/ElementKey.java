package dev.navarch.apiserver.patch;

import tools.jackson.databind.JsonNode;

/**
 * The value that tells elements of a list apart, comparable whatever node holds it: the number 80 is the same in
 * an int and in a long, and never the same as the text 80.
 */
record ElementKey(String type, String value) {
    static ElementKey of(JsonNode node) {
        if (node.isNumber()) {
            return new ElementKey(
                    "number", node.decimalValue().stripTrailingZeros().toPlainString());
        }
        return new ElementKey(node.getNodeType().name(), node.isString() ? node.stringValue() : node.toString());
    }
}
