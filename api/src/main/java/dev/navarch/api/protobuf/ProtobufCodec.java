package dev.navarch.api.protobuf;

import static java.util.Objects.requireNonNull;

import dev.navarch.api.BadBodyException;
import dev.navarch.api.Catalogue;
import dev.navarch.api.ObjectSchema;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects as {@value #MEDIA_TYPE}: a magic prefix and a {@code runtime.Unknown} message that names the kind and holds
 * the object's message (sources: k8s.io/apimachinery pkg/runtime/serializer/protobuf and the generated.proto files of
 * k8s.io/api). Safe for use by many threads.
 */
public final class ProtobufCodec {

    public static final String MEDIA_TYPE = "application/vnd.kubernetes.protobuf";

    private static final byte[] MAGIC = ProtobufFraming.MAGIC;

    private final Catalogue catalogue;
    private final Map<String, MessagePlan> plans = new ConcurrentHashMap<>();

    /** @param catalogue knows the types that messages are made of */
    public ProtobufCodec(Catalogue catalogue) {
        this.catalogue = requireNonNull(catalogue, "catalogue");
    }

    /**
     * What an envelope holds.
     *
     * @param apiVersion of the object; may be empty
     * @param kind of the object; may be empty
     * @param message the object's own message
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
    public record Envelope(String apiVersion, String kind, byte[] message) {}

    /**
     * Writes an object with its envelope.
     *
     * @param tree with {@code apiVersion} and {@code kind}, conforming to the schema
     */
    public byte[] encode(ObjectNode tree, ObjectSchema schema) {
        var message = encodeMessage(tree, schema);
        var out = new ProtobufBytes();
        out.raw(ProtobufFraming.envelopeHead(
                tree.path("apiVersion").asString(""), tree.path("kind").asString(""), message.length));
        out.raw(message);
        out.raw(ProtobufFraming.envelopeEnd());
        return out.toByteArray();
    }

    /** Writes an object's message without its envelope, as watch frames and lists of raw objects need it. */
    public byte[] encodeMessage(ObjectNode tree, ObjectSchema schema) {
        return new MessageWriter(this).write(tree, schema);
    }

    /**
     * Opens an envelope.
     *
     * @throws BadBodyException if there is none
     */
    public Envelope open(byte[] body) {
        if (body.length < MAGIC.length || !Arrays.equals(body, 0, MAGIC.length, MAGIC, 0, MAGIC.length)) {
            throw new BadBodyException(
                    "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
        }
        var in = new ProtobufInput(body, MAGIC.length, body.length);
        var apiVersion = "";
        var kind = "";
        var message = new byte[0];
        while (in.next()) {
            switch (in.field()) {
                case 1 -> {
                    var type = in.message();
                    while (type.next()) {
                        switch (type.field()) {
                            case 1 -> apiVersion = type.string();
                            case 2 -> kind = type.string();
                            default -> type.skip();
                        }
                    }
                }
                case 2 -> message = in.bytes();
                case 3 -> {
                    if (!in.string().isEmpty()) {
                        throw new BadBodyException("unable to decode: content encodings are not supported");
                    }
                }
                default -> in.skip();
            }
        }
        return new Envelope(apiVersion, kind, message);
    }

    /**
     * Reads a list's message into a tree; likewise what is in it.
     *
     * @throws BadBodyException if it is no such message
     */
    public ObjectNode decodeList(byte[] message, ObjectSchema metadata, ObjectSchema item) {
        var list = JsonNodeFactory.instance.objectNode();
        var items = list.putArray("items");
        var in = new ProtobufInput(message, 0, message.length);
        while (in.next()) {
            switch (in.field()) {
                case 1 -> list.set("metadata", decodeMessage(in.bytes(), metadata));
                case 2 -> items.add(decodeMessage(in.bytes(), item));
                default -> in.skip();
            }
        }
        return list;
    }

    /**
     * Reads an object's message into a tree; what the message does not have is absent, and so are zero values that
     * mean the same. Quantities and times are as they were sent: let {@link dev.navarch.api.ObjectDecoder#conform} see
     * the tree before anything else does.
     *
     * @throws BadBodyException if it is no such message
     */
    public ObjectNode decodeMessage(byte[] message, ObjectSchema schema) {
        return new MessageReader(this).read(new ProtobufInput(message, 0, message.length), schema);
    }

    MessagePlan plan(ObjectSchema schema) {
        return plans.computeIfAbsent(schema.name(), _ -> MessagePlan.of(schema));
    }

    /** The type that the three special types of a CRD's schema refer to. */
    ObjectSchema jsonSchemaProps() {
        return catalogue
                .schema("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")
                .orElseThrow();
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
