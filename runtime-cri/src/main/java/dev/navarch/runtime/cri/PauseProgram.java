package dev.navarch.runtime.cri;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The program that holds a pod's namespaces open: it sleeps, reaps the zombies that fall to process 1 of a shared
 * process namespace, and ends on SIGTERM and SIGINT (behaviour: kubernetes build/pause/linux/pause.c).
 *
 * <p>It is assembled here, since a node has no compiler: a static ELF of a few hundred bytes that makes four system
 * calls. SIGINT, SIGTERM and SIGCHLD are blocked and then waited for; a blocked signal reaches even process 1, for
 * which the kernel discards those with a default action.
 */
final class PauseProgram {
    /** Processors that Navarch's nodes run on; {@code name} is the OCI platform's. */
    enum Processor {
        AMD64("amd64", 62),
        ARM64("arm64", 183);

        final String ociName;
        private final int elfMachine;

        Processor(String ociName, int elfMachine) {
            this.ociName = ociName;
            this.elfMachine = elfMachine;
        }

        /** This machine's. */
        static Processor current() {
            var arch = System.getProperty("os.arch");
            return switch (arch) {
                case "amd64", "x86_64" -> AMD64;
                case "aarch64" -> ARM64;
                default -> throw new RuntimeUnavailableException("Containers run on x86-64 and arm64, not on " + arch);
            };
        }
    }

    private static final long BASE = 0x400000;
    private static final int HEADERS = 64 + 56;
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;
    private static final int SIGCHLD = 17;
    private static final long SIGNALS = 1L << (SIGINT - 1) | 1L << (SIGTERM - 1) | 1L << (SIGCHLD - 1);

    private PauseProgram() {}

    /** The executable file. */
    static byte[] elf(Processor processor) {
        byte[] code = switch (processor) {
            case AMD64 -> amd64();
            case ARM64 -> arm64();
        };
        int size = HEADERS + code.length;
        var file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        file.put("\u007fELF".getBytes(StandardCharsets.ISO_8859_1));
        file.put(new byte[] {2 /* 64 bits */, 1 /* little endian */, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0});
        file.putShort((short) 2 /* executable */)
                .putShort((short) processor.elfMachine)
                .putInt(1);
        file.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
        file.putShort((short) 64).putShort((short) 56).putShort((short) 1).putShort((short) 64);
        file.putShort((short) 0).putShort((short) 0);
        // One segment: the whole file, readable and executable.
        file.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
        file.putLong(size).putLong(size).putLong(0x10000);
        return file.put(code).array();
    }

    /**
     * <pre>
     *        mov eax, 14; xor edi, edi; lea rsi, [signals]; xor edx, edx; mov r10d, 8; syscall   rt_sigprocmask(BLOCK)
     * wait:  mov eax, 128; lea rdi, [signals]; xor esi, esi; xor edx, edx; mov r10d, 8; syscall  rt_sigtimedwait
     *        cmp eax, 17; je reap; cmp eax, 15; je exit; cmp eax, 2; je exit; jmp wait
     * reap:  mov eax, 61; or rdi, -1; xor esi, esi; mov edx, 1; xor r10d, r10d; syscall          wait4(-1, WNOHANG)
     *        test eax, eax; jg reap; jmp wait
     * exit:  mov eax, 60; xor edi, edi; syscall
     * </pre>
     */
    private static byte[] amd64() {
        var code = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        int wait = 26;
        int reap = wait + 26 + 17;
        int exit = reap + 28;
        int signals = exit + 9;
        code.put(bytes(0xb8))
                .putInt(14)
                .put(bytes(0x31, 0xff, 0x48, 0x8d, 0x35))
                .putInt(signals - 14);
        code.put(bytes(0x31, 0xd2, 0x41, 0xba)).putInt(8).put(bytes(0x0f, 0x05));
        pad(code, wait);
        code.put(bytes(0xb8)).putInt(128).put(bytes(0x48, 0x8d, 0x3d)).putInt(signals - (wait + 12));
        code.put(bytes(0x31, 0xf6, 0x31, 0xd2, 0x41, 0xba)).putInt(8).put(bytes(0x0f, 0x05));
        pad(code, wait + 26);
        jump(code.put(bytes(0x83, 0xf8, SIGCHLD)), 0x74, reap);
        jump(code.put(bytes(0x83, 0xf8, SIGTERM)), 0x74, exit);
        jump(code.put(bytes(0x83, 0xf8, SIGINT)), 0x74, exit);
        jump(code, 0xeb, wait);
        pad(code, reap);
        code.put(bytes(0xb8))
                .putInt(61)
                .put(bytes(0x48, 0x83, 0xcf, 0xff, 0x31, 0xf6, 0xba))
                .putInt(1);
        code.put(bytes(0x45, 0x31, 0xd2, 0x0f, 0x05, 0x85, 0xc0));
        jump(code, 0x7f, reap);
        jump(code, 0xeb, wait);
        pad(code, exit);
        code.put(bytes(0xb8)).putInt(60).put(bytes(0x31, 0xff, 0x0f, 0x05));
        pad(code, signals);
        return finished(code.putLong(SIGNALS));
    }

    /** A jump of two bytes to {@code target}. */
    private static void jump(ByteBuffer code, int opcode, int target) {
        code.put((byte) opcode).put((byte) (target - (code.position() + 1)));
    }

    /** Fills up to {@code position} with instructions that do nothing. */
    private static void pad(ByteBuffer code, int position) {
        while (code.position() < position) {
            code.put((byte) 0x90);
        }
        if (code.position() != position) {
            throw new IllegalStateException("The code before " + position + " ends at " + code.position());
        }
    }

    /** The same steps with arm64's numbers: 135, 137, 260 and 93; each instruction is one word. */
    private static byte[] arm64() {
        var code = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);
        int wait = 6 * 4;
        int reap = wait + 13 * 4;
        int exit = reap + 9 * 4;
        int signals = exit + 4 * 4; // three instructions, and one to align
        code.putInt(movz(8, 135)).putInt(movz(0, 0)).putInt(adr(1, signals - 8));
        code.putInt(movz(2, 0)).putInt(movz(3, 8)).putInt(SVC);
        code.putInt(movz(8, 137)).putInt(adr(0, signals - code.position())).putInt(movz(1, 0));
        code.putInt(movz(2, 0)).putInt(movz(3, 8)).putInt(SVC);
        branch(code.putInt(cmp(SIGCHLD)), EQUAL, reap);
        branch(code.putInt(cmp(SIGTERM)), EQUAL, exit);
        branch(code.putInt(cmp(SIGINT)), EQUAL, exit);
        branch(code, ALWAYS, wait);
        code.putInt(movz(8, 260)).putInt(0x92800000 /* movn x0, 0: -1 */).putInt(movz(1, 0));
        code.putInt(movz(2, 1)).putInt(movz(3, 0)).putInt(SVC).putInt(cmp(0));
        branch(code, GREATER, reap);
        branch(code, ALWAYS, wait);
        code.putInt(movz(8, 93)).putInt(movz(0, 0)).putInt(SVC).putInt(0);
        return finished(code.putLong(SIGNALS));
    }

    private static final int SVC = 0xd4000001;
    private static final int EQUAL = 0;
    private static final int GREATER = 12;
    private static final int ALWAYS = 14;

    private static int movz(int register, int value) {
        return 0xd2800000 | value << 5 | register;
    }

    private static int adr(int register, int distance) {
        return 0x10000000 | (distance & 3) << 29 | (distance >> 2 & 0x7ffff) << 5 | register;
    }

    /** Compares w0 with a constant. */
    private static int cmp(int value) {
        return 0x7100001f | value << 10;
    }

    private static void branch(ByteBuffer code, int condition, int target) {
        code.putInt(0x54000000 | ((target - code.position()) / 4 & 0x7ffff) << 5 | condition);
    }

    private static byte[] bytes(int... values) {
        var bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static byte[] finished(ByteBuffer code) {
        var bytes = new byte[code.position()];
        code.flip().get(bytes);
        return bytes;
    }
}
