package dev.navarch.api.openapi;

/** What differs between the versions of OpenAPI. */
enum Dialect {
    V2("#/definitions/"),
    V3("#/components/schemas/");

    private final String referencePrefix;

    Dialect(String referencePrefix) {
        this.referencePrefix = referencePrefix;
    }

    String reference(String name) {
        return referencePrefix + name;
    }
}
