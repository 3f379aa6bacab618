/**
 * The catalogue as OpenAPI documents, for clients that explain, complete and validate: {@link
 * dev.navarch.api.openapi.OpenApi} makes version 2 (one document, JSON and protobuf) and version 3 (an index, and one
 * document for each group and version). Documents are made when first asked for.
 */
@NullMarked
package dev.navarch.api.openapi;

import org.jspecify.annotations.NullMarked;
