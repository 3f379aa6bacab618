package dev.navarch.runtime.cri;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes images as archives that are an OCI layout and a {@code docker save} file at once, so that every tool reads
 * them. The same content gives the same bytes (sources: opencontainers/image-spec image-layout.md, manifest.md, config.md;
 * docker image specification v1.2 for {@code manifest.json}).
 */
public final class ImageArchives {
    static final String NAME_ANNOTATION = "io.containerd.image.name";
    static final String REF_NAME_ANNOTATION = "org.opencontainers.image.ref.name";
    private static final String MANIFEST = "application/vnd.oci.image.manifest.v1+json";
    private static final String CONFIG = "application/vnd.oci.image.config.v1+json";
    private static final String LAYER = "application/vnd.oci.image.layer.v1.tar";
    private static final String CREATED = "1970-01-01T00:00:00Z";

    private ImageArchives() {}

    /** Writes {@code images} into one archive at {@code file}, replacing it. */
    public static void write(Path file, List<ImageContent> images) throws IOException {
        var json = JsonMapper.shared();
        var blobs = new LinkedHashMap<String, byte[]>();
        var index = json.createObjectNode().put("schemaVersion", 2);
        var manifests = index.putArray("manifests");
        var docker = json.createArrayNode();
        for (var image : images) {
            add(image, blobs, manifests, docker);
        }
        try (var tar = tar(Files.newOutputStream(file))) {
            put(
                    tar,
                    "oci-layout",
                    json.writeValueAsBytes(json.createObjectNode().put("imageLayoutVersion", "1.0.0")));
            put(tar, "index.json", json.writeValueAsBytes(index));
            put(tar, "manifest.json", json.writeValueAsBytes(docker));
            for (var blob : blobs.entrySet()) {
                put(tar, blob.getKey(), blob.getValue());
            }
        }
    }

    /** Writes one image. */
    public static void write(Path file, ImageContent image) throws IOException {
        write(file, List.of(image));
    }

    private static void add(ImageContent image, Map<String, byte[]> blobs, ArrayNode manifests, ArrayNode docker)
            throws IOException {
        var json = JsonMapper.shared();
        byte[] layer = layer(image.files());
        var layerDigest = digest(layer);

        var config = json.createObjectNode();
        config.put("created", CREATED).put("architecture", image.architecture()).put("os", "linux");
        var run = config.putObject("config");
        strings(run, "Entrypoint", image.entrypoint());
        strings(run, "Cmd", image.command());
        strings(run, "Env", image.env());
        run.put("WorkingDir", image.workingDir());
        if (!image.user().isEmpty()) {
            run.put("User", image.user());
        }
        config.putObject("rootfs").put("type", "layers").putArray("diff_ids").add(layerDigest);
        config.putArray("history").addObject().put("created", CREATED).put("created_by", "navarch");
        byte[] configBytes = json.writeValueAsBytes(config);

        var manifest = json.createObjectNode().put("schemaVersion", 2).put("mediaType", MANIFEST);
        descriptor(manifest.putObject("config"), CONFIG, configBytes);
        descriptor(manifest.putArray("layers").addObject(), LAYER, layer);
        byte[] manifestBytes = json.writeValueAsBytes(manifest);

        var entry = manifests.addObject();
        descriptor(entry, MANIFEST, manifestBytes);
        entry.putObject("platform").put("architecture", image.architecture()).put("os", "linux");
        entry.putObject("annotations")
                .put(NAME_ANNOTATION, image.name())
                .put(REF_NAME_ANNOTATION, image.name().substring(image.name().lastIndexOf(':') + 1));

        var saved = docker.addObject().put("Config", path(digest(configBytes)));
        saved.putArray("RepoTags").add(image.name());
        saved.putArray("Layers").add(path(layerDigest));
        for (byte[] blob : List.of(manifestBytes, configBytes, layer)) {
            blobs.put(path(digest(blob)), blob);
        }
    }

    private static void strings(ObjectNode parent, String field, List<String> values) {
        if (!values.isEmpty()) {
            values.forEach(parent.putArray(field)::add);
        }
    }

    private static void descriptor(ObjectNode target, String mediaType, byte[] blob) {
        target.put("mediaType", mediaType).put("digest", digest(blob)).put("size", blob.length);
    }

    private static byte[] layer(TreeMap<String, ImageContent.File> files) {
        var all = new TreeMap<>(files);
        for (var path : files.keySet()) {
            for (int slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
                all.putIfAbsent(path.substring(0, slash), new ImageContent.File.Directory(0755));
            }
        }
        var bytes = new ByteArrayOutputStream();
        try (var tar = tar(bytes)) {
            for (var file : all.entrySet()) {
                put(tar, file.getKey().substring(1), file.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory doesn't fail
        }
        return bytes.toByteArray();
    }

    private static void put(TarArchiveOutputStream tar, String path, ImageContent.File file) throws IOException {
        switch (file) {
            case ImageContent.File.Regular(int mode, byte[] content) -> put(tar, path, content, mode);
            case ImageContent.File.Directory(int mode) -> {
                var entry = entry(path + "/", TarConstants.LF_DIR, mode);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
            case ImageContent.File.Link(String target) -> {
                var entry = entry(path, TarConstants.LF_SYMLINK, 0777);
                entry.setLinkName(target);
                tar.putArchiveEntry(entry);
                tar.closeArchiveEntry();
            }
        }
    }

    private static void put(TarArchiveOutputStream tar, String path, byte[] content) throws IOException {
        put(tar, path, content, 0644);
    }

    static void put(TarArchiveOutputStream tar, String path, byte[] content, int mode) throws IOException {
        var entry = entry(path, TarConstants.LF_NORMAL, mode);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static TarArchiveEntry entry(String path, byte kind, int mode) {
        var entry = new TarArchiveEntry(path, kind);
        entry.setMode(mode);
        entry.setModTime(0);
        entry.setIds(0, 0);
        return entry;
    }

    static TarArchiveOutputStream tar(OutputStream out) {
        var tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
        return tar;
    }

    static String digest(byte[] bytes) {
        return "sha256:" + HexFormat.of().formatHex(sha256().digest(bytes));
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256", e);
        }
    }

    /** Where a layout keeps the blob of this digest. */
    static String path(String digest) {
        return "blobs/" + digest.replace(':', '/');
    }
}
