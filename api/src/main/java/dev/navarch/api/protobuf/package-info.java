/**
 * The protobuf form of objects, {@code application/vnd.kubernetes.protobuf}, which Go clients prefer: {@link
 * dev.navarch.api.protobuf.ProtobufCodec} turns trees into it and back, by the same schemas as JSON.
 */
@NullMarked
package dev.navarch.api.protobuf;

import org.jspecify.annotations.NullMarked;
