package dev.navarch.runtime.cri;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * An image of one layer that is yet to be written: what is in it and how it starts.
 *
 * @param name its name, normalized
 * @param architecture the OCI platform's, e.g. {@code amd64}
 * @param files by their absolute path
 * @param env as {@code NAME=value}
 * @param user uid or name, "" is root
 */
public record ImageContent(
        String name,
        String architecture,
        TreeMap<String, File> files,
        List<String> entrypoint,
        List<String> command,
        List<String> env,
        String workingDir,
        String user) {

    /** Something in the image's file system; {@code mode} has the permission bits. */
    public sealed interface File {
        int mode();

        @SuppressWarnings("ArrayRecordComponent") // Written once, never compared.
        record Regular(int mode, byte[] content) implements File {}

        record Directory(int mode) implements File {}

        record Link(String target) implements File {
            @Override
            public int mode() {
                return 0777;
            }
        }
    }

    public ImageContent {
        name = ImageReference.normalize(name);
        files = new TreeMap<>(files);
        entrypoint = List.copyOf(entrypoint);
        command = List.copyOf(command);
        env = List.copyOf(env);
    }

    /** An empty image for this machine's processor. */
    public static ImageContent named(String name) {
        return new ImageContent(
                name,
                PauseProgram.Processor.current().ociName,
                new TreeMap<>(),
                List.of(),
                List.of(),
                List.of("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                "/",
                "");
    }

    /**
     * A small system out of a static busybox: all its commands in {@code /bin}, root's entry in {@code /etc/passwd}, and
     * a shell that starts if nothing else is asked for.
     */
    public static ImageContent busybox(String name, Path busybox) throws IOException, InterruptedException {
        var image = named(name)
                .withFile("/bin/busybox", 0755, Files.readAllBytes(busybox))
                .withDirectory("/tmp", 01777)
                .withDirectory("/root", 0700)
                .withDirectory("/var/www", 0755)
                .withFile(
                        "/etc/passwd",
                        0644,
                        text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n"))
                .withFile("/etc/group", 0644, text("root:x:0:\nnobody:x:65534:\n"))
                .withCommand(List.of("sh"));
        var applets = HostCommand.run(java.time.Duration.ofSeconds(10), busybox.toString(), "--list")
                .orThrow()
                .output();
        var files = new TreeMap<>(image.files);
        applets.lines()
                .map(String::strip)
                .filter(a -> !a.isEmpty() && !a.equals("busybox"))
                .forEach(a -> files.put("/bin/" + a, new File.Link("busybox")));
        return image.withFiles(files);
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public ImageContent withFile(String path, int mode, byte[] content) {
        return with(path, new File.Regular(mode, content));
    }

    public ImageContent withDirectory(String path, int mode) {
        return with(path, new File.Directory(mode));
    }

    public ImageContent withLink(String path, String target) {
        return with(path, new File.Link(target));
    }

    private ImageContent with(String path, File file) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("A path in an image starts with /: " + path);
        }
        var more = new TreeMap<>(files);
        more.put(path, file);
        return withFiles(more);
    }

    private ImageContent withFiles(TreeMap<String, File> value) {
        return new ImageContent(name, architecture, value, entrypoint, command, env, workingDir, user);
    }

    public ImageContent withName(String value) {
        return new ImageContent(value, architecture, files, entrypoint, command, env, workingDir, user);
    }

    public ImageContent withArchitecture(String value) {
        return new ImageContent(name, value, files, entrypoint, command, env, workingDir, user);
    }

    public ImageContent withEntrypoint(List<String> value) {
        return new ImageContent(name, architecture, files, value, command, env, workingDir, user);
    }

    public ImageContent withCommand(List<String> value) {
        return new ImageContent(name, architecture, files, entrypoint, value, env, workingDir, user);
    }

    public ImageContent withEnv(String variable, String value) {
        var more = new ArrayList<>(env);
        more.add(variable + "=" + value);
        return new ImageContent(name, architecture, files, entrypoint, command, more, workingDir, user);
    }

    public ImageContent withUser(String value) {
        return new ImageContent(name, architecture, files, entrypoint, command, env, workingDir, value);
    }
}
