package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PauseProgramTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void endsWithSuccessWhenSignalled(String signal) throws Exception {
        var process = start();
        assertThat(process.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    @Test
    void staysOnOtherSignalsOfChildren() throws Exception {
        var process = start();
        new ProcessBuilder("kill", "-CHLD", Long.toString(process.pid()))
                .start()
                .waitFor();
        assertThat(process.waitFor(200, TimeUnit.MILLISECONDS)).isFalse();
        process.destroyForcibly().waitFor();
    }

    private Process start() throws Exception {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        var file = dir.resolve("pause");
        Files.write(file, PauseProgram.elf(PauseProgram.Processor.current()));
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return new ProcessBuilder(file.toString()).start();
    }

    @ParameterizedTest
    @EnumSource(PauseProgram.Processor.class)
    void headersAgreeWithTheFile(PauseProgram.Processor processor) {
        byte[] elf = PauseProgram.elf(processor);
        var header = ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(header.getInt(0)).isEqualTo(0x464c457f);
        assertThat(header.getShort(18)).isEqualTo((short) (processor.ociName.equals("amd64") ? 62 : 183));
        assertThat(header.getLong(24)).isEqualTo(0x400000 + 120);
        assertThat(header.getLong(64 + 32)).isEqualTo(elf.length);
        assertThat(header.getLong(elf.length - 8)).isEqualTo(0x14002);
    }
}
