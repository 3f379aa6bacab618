package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.fuzz.Rounds;
import dev.navarch.api.protobuf.ProtobufCodec;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Spoilt objects of all kinds are read or refused, and cost no more than their length allows. */
class DecoderFuzzTest {
    private static final int ROUNDS = 3_000;

    private final Catalogue catalogue = Catalogue.builtIn();
    private final ObjectDecoder decoder = new ObjectDecoder();
    private final ObjectEncoder encoder = new ObjectEncoder();
    private final ProtobufCodec codec = new ProtobufCodec(catalogue);

    @ParameterizedTest
    @EnumSource
    void spoiltObjectsAreReadOrRefused(BodyFormat format) {
        var types = catalogue.types();
        Rounds.run("decode " + format, ROUNDS, 4 << 20, 2_000, (random, mutator, trial) -> {
            var type = types.get(random.nextInt(types.size()));
            var sample = Generated.object(type.schema());
            sample.put("apiVersion", type.groupVersion().apiVersion()).put("kind", type.kind());
            boolean whole = format == BodyFormat.PROTOBUF || random.nextBoolean();
            var tree = whole ? sample : mutator.tree(sample);
            var body = format == BodyFormat.PROTOBUF
                    ? codec.encode(decoder.conform(tree, type.schema()).tree(), type.schema())
                    : tree.toString().getBytes(StandardCharsets.UTF_8);
            var spoilt = whole ? mutator.bytes(body) : body;
            trial.input(type.kind() + " " + new String(spoilt, StandardCharsets.UTF_8), spoilt.length + body.length);
            try {
                var read = decoder.decode(spoilt, format, type).tree();
                encoder.encode(read, type.schema());
                codec.encode(read, type.schema());
            } catch (BadBodyException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        });
    }
}
