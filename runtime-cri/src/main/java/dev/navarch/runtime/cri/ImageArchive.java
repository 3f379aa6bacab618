package dev.navarch.runtime.cri;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * An archive of images that was looked through: an OCI layout or what {@code docker save} writes, plain or gzipped. The
 * engine unpacks as root, so nothing reaches it that lies about its digests or sizes, or whose layers point out of the
 * image.
 *
 * @param file the archive
 * @param images what is in it
 */
public record ImageArchive(Path file, List<ArchivedImage> images) {
    private static final int MAX_ENTRIES = 100_000;
    private static final int MAX_LAYER_ENTRIES = 10_000_000;
    private static final int MAX_DOCUMENT = 8 << 20;
    private static final long MAX_UNPACKED = 256L << 30;
    private static final String INDEX = "index.json";
    private static final String DOCKER_MANIFEST = "manifest.json";

    /**
     * @param names normalized; empty for an image that has none
     * @param platform e.g. {@code linux/amd64}
     */
    public record ArchivedImage(List<String> names, String configDigest, String platform, int layers) {
        public ArchivedImage {
            names = List.copyOf(names);
        }
    }

    /** A member of the archive: a file with its size and digest, or a link to one. */
    private record Member(long size, String digest, String linkTarget) {}

    /** A layer as an image's manifest and configuration promise it; the digest is that of the unpacked tar. */
    private record Layer(String member, String diffId) {}

    public ImageArchive {
        images = List.copyOf(images);
    }

    /** Reads and checks {@code file}. Throws {@link BadImageException} if it is no good. */
    public static ImageArchive read(Path file) throws IOException {
        try {
            return new Reading(file).read();
        } catch (JacksonException | IllegalArgumentException e) {
            throw new BadImageException(file.getFileName() + ": " + e.getMessage(), e);
        }
    }

    /** All names of all images. */
    public List<String> names() {
        return images.stream().flatMap(i -> i.names().stream()).toList();
    }

    /**
     * Writes the archive as containerd wants it: not compressed, and in an OCI layout each image with its full name in
     * the annotation that containerd takes literally.
     */
    void writeNormalized(Path target) throws IOException {
        try (var in = open(file);
                var out = ImageArchives.tar(Files.newOutputStream(target))) {
            for (TarArchiveEntry e; (e = in.getNextEntry()) != null; ) {
                if (e.isFile() && clean(e.getName()).equals(INDEX)) {
                    ImageArchives.put(out, INDEX, withFullNames(in.readNBytes(MAX_DOCUMENT)), 0644);
                    continue;
                }
                out.putArchiveEntry(e);
                if (e.isFile()) {
                    in.transferTo(out);
                }
                out.closeArchiveEntry();
            }
        }
    }

    private static byte[] withFullNames(byte[] index) {
        var json = JsonMapper.shared();
        var root = json.readTree(index);
        for (var manifest : root.path("manifests")) {
            var name = name(manifest);
            if (!name.isEmpty() && manifest.path("annotations") instanceof ObjectNode annotations) {
                annotations.put(ImageArchives.NAME_ANNOTATION, ImageReference.normalize(name));
            }
        }
        return json.writeValueAsBytes(root);
    }

    private static String name(JsonNode manifest) {
        var annotations = manifest.path("annotations");
        var full = annotations.path(ImageArchives.NAME_ANNOTATION).asString("");
        return full.isEmpty()
                ? annotations.path(ImageArchives.REF_NAME_ANNOTATION).asString("")
                : full;
    }

    private static TarArchiveInputStream open(Path file) throws IOException {
        return new TarArchiveInputStream(unzipped(Files.newInputStream(file)));
    }

    /** The stream, gunzipped if it begins as gzip does. */
    private static InputStream unzipped(InputStream raw) throws IOException {
        var in = new BufferedInputStream(raw, 1 << 16);
        in.mark(4);
        byte[] head = in.readNBytes(2);
        in.reset();
        boolean gzip = head.length == 2 && (head[0] & 0xff) == 0x1f && (head[1] & 0xff) == 0x8b;
        return gzip ? new GZIPInputStream(in, 1 << 16) : in;
    }

    /** A member's name without {@code ./}. Throws if it leads out of the archive. */
    private static String clean(String name) throws BadImageException {
        var parts = new ArrayList<String>();
        for (var part : name.split("/")) {
            if (part.equals("..")) {
                throw new BadImageException("A path leads out of the archive: " + name);
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (name.startsWith("/")) {
            throw new BadImageException("A path leads out of the archive: " + name);
        }
        return String.join("/", parts);
    }

    /** One pass after the other over the file; what it holds is small, however large the file. */
    private static final class Reading {
        private final Path file;
        private final Map<String, Member> members = new HashMap<>();
        private final Map<String, String> diffIds = new LinkedHashMap<>();

        Reading(Path file) {
            this.file = file;
        }

        ImageArchive read() throws IOException {
            index();
            var images = new ArrayList<ArchivedImage>();
            if (members.containsKey(INDEX)) {
                readLayout(document(INDEX), images, 0);
            } else if (members.containsKey(DOCKER_MANIFEST)) {
                readDocker(document(DOCKER_MANIFEST), images);
            } else {
                throw new BadImageException(file.getFileName()
                        + " is neither an OCI archive (index.json) nor one of docker save (manifest.json)");
            }
            if (images.isEmpty()) {
                throw new BadImageException(file.getFileName() + " has no images");
            }
            checkLayers();
            return new ImageArchive(file, images);
        }

        private void index() throws IOException {
            try (var tar = open(file)) {
                int count = 0;
                for (TarArchiveEntry e; (e = tar.getNextEntry()) != null; ) {
                    if (++count > MAX_ENTRIES) {
                        throw new BadImageException(file.getFileName() + " has more than " + MAX_ENTRIES + " members");
                    }
                    var name = clean(e.getName());
                    if (e.isSymbolicLink() || e.isLink()) {
                        members.put(name, new Member(0, "", resolve(name, e)));
                    } else if (e.isFile()) {
                        var in = new DigestInputStream(tar, ImageArchives.sha256());
                        long size = in.transferTo(java.io.OutputStream.nullOutputStream());
                        members.put(name, new Member(size, hex(in), ""));
                    } else if (!e.isDirectory()) {
                        throw new BadImageException("Neither file nor directory: " + name);
                    }
                }
            } catch (BadImageException e) {
                throw e;
            } catch (IOException e) {
                throw new BadImageException(file.getFileName() + " is no tar archive: " + e.getMessage(), e);
            }
        }

        private static String resolve(String name, TarArchiveEntry link) throws BadImageException {
            var target = Path.of(link.getLinkName());
            var parent = Path.of("/" + name).getParent();
            var resolved = link.isLink() ? Path.of("/").resolve(target) : parent.resolve(target);
            if (target.isAbsolute() || resolved.getNameCount() == 0) {
                throw new BadImageException("A link leads out of the archive: " + name);
            }
            int depth = 0;
            for (var part : resolved) {
                depth += part.toString().equals("..") ? -1 : 1;
                if (depth < 0) {
                    throw new BadImageException("A link leads out of the archive: " + name);
                }
            }
            return clean(resolved.normalize().toString().substring(1));
        }

        private static String hex(DigestInputStream in) {
            return "sha256:" + HexFormat.of().formatHex(in.getMessageDigest().digest());
        }

        /** The member of this name, links followed. */
        private String follow(String name) throws BadImageException {
            var at = clean(name);
            for (int hop = 0; hop < 8; hop++) {
                var member = members.get(at);
                if (member == null) {
                    break;
                }
                if (member.linkTarget().isEmpty()) {
                    return at;
                }
                at = member.linkTarget();
            }
            throw new BadImageException("The archive lacks " + name);
        }

        private JsonNode document(String name) throws IOException {
            var wanted = follow(name);
            if (members.get(wanted).size() > MAX_DOCUMENT) {
                throw new BadImageException(name + " is larger than " + MAX_DOCUMENT + " bytes");
            }
            try (var tar = open(file)) {
                for (TarArchiveEntry e; (e = tar.getNextEntry()) != null; ) {
                    if (e.isFile() && clean(e.getName()).equals(wanted)) {
                        return JsonMapper.shared().readTree(tar.readAllBytes());
                    }
                }
            }
            throw new BadImageException("The archive lacks " + name);
        }

        private String blob(JsonNode descriptor) throws BadImageException {
            var digest = descriptor.path("digest").asString("");
            if (!digest.matches("sha256:[0-9a-f]{64}")) {
                throw new BadImageException("No SHA-256 digest: " + digest);
            }
            var name = follow(ImageArchives.path(digest));
            var member = members.get(name);
            if (!member.digest().equals(digest)
                    || member.size() != descriptor.path("size").asLong(-1)) {
                throw new BadImageException("A blob is not what its digest and size say: " + digest);
            }
            return name;
        }

        private void readLayout(JsonNode index, List<ArchivedImage> images, int depth) throws IOException {
            if (depth > 3) {
                throw new BadImageException("Indexes are nested too deep");
            }
            for (var entry : index.path("manifests")) {
                var name = name(entry);
                var names = name.isEmpty() ? List.<String>of() : List.of(ImageReference.normalize(name));
                var manifest = document(blob(entry));
                if (manifest.has("manifests")) {
                    var inner = new ArrayList<ArchivedImage>();
                    readLayout(present(manifest), inner, depth + 1);
                    inner.forEach(i -> images.add(new ArchivedImage(
                            names.isEmpty() ? i.names() : names, i.configDigest(), i.platform(), i.layers())));
                    continue;
                }
                var layers = new ArrayList<String>();
                for (var layer : manifest.path("layers")) {
                    layers.add(blob(layer));
                }
                images.add(image(names, blob(manifest.path("config")), layers));
            }
        }

        /** The part of an index whose blobs the archive has; archives of one platform keep the whole index. */
        private JsonNode present(JsonNode index) {
            var some = JsonMapper.shared().createObjectNode();
            var kept = some.putArray("manifests");
            for (var entry : index.path("manifests")) {
                if (members.containsKey(ImageArchives.path(entry.path("digest").asString("")))) {
                    kept.add(entry);
                }
            }
            return some;
        }

        private void readDocker(JsonNode manifest, List<ArchivedImage> images) throws IOException {
            for (var entry : manifest) {
                var names = new ArrayList<String>();
                for (var tag : entry.path("RepoTags")) {
                    names.add(ImageReference.normalize(tag.asString("")));
                }
                var layers = new ArrayList<String>();
                for (var layer : entry.path("Layers")) {
                    layers.add(follow(layer.asString("")));
                }
                images.add(image(names, follow(entry.path("Config").asString("")), layers));
            }
        }

        private ArchivedImage image(List<String> names, String configMember, List<String> layers) throws IOException {
            var config = document(configMember);
            var ids = config.path("rootfs").path("diff_ids");
            if (ids.size() != layers.size()) {
                throw new BadImageException(
                        "The configuration speaks of " + ids.size() + " layers, there are " + layers.size());
            }
            for (int i = 0; i < layers.size(); i++) {
                diffIds.put(layers.get(i), ids.get(i).asString(""));
            }
            return new ArchivedImage(
                    names,
                    members.get(configMember).digest(),
                    config.path("os").asString("") + "/"
                            + config.path("architecture").asString(""),
                    layers.size());
        }

        private void checkLayers() throws IOException {
            Set<String> open = new HashSet<>(diffIds.keySet());
            long left = MAX_UNPACKED;
            try (var tar = open(file)) {
                for (TarArchiveEntry e; (e = tar.getNextEntry()) != null; ) {
                    var name = clean(e.getName());
                    if (e.isFile() && open.remove(name)) {
                        left -= checkLayer(name, tar, left);
                    }
                }
            }
        }

        /** Reads a layer to its end and returns its unpacked size. */
        private long checkLayer(String name, InputStream raw, long limit) throws IOException {
            var in = new BufferedInputStream(raw, 1 << 16);
            in.mark(8);
            byte[] head = in.readNBytes(4);
            in.reset();
            if (HexFormat.of().formatHex(head).equals("28b52ffd")) {
                return 0; // zstd: the engine's to unpack, and its own path checks' to judge
            }
            var counted = new DigestInputStream(
                    org.apache.commons.io.input.BoundedInputStream.builder()
                            .setInputStream(unzipped(in))
                            .setMaxCount(limit)
                            .get(),
                    ImageArchives.sha256());
            long size = 0;
            int count = 0;
            try {
                var layer = new TarArchiveInputStream(counted);
                for (TarArchiveEntry e; (e = layer.getNextEntry()) != null; ) {
                    if (++count > MAX_LAYER_ENTRIES) {
                        throw new BadImageException("A layer has more than " + MAX_LAYER_ENTRIES + " files");
                    }
                    checkPath(e.getName());
                    if (e.isLink()) {
                        checkPath(e.getLinkName());
                    }
                    size = Math.addExact(size, Math.max(0, e.getSize()));
                }
                counted.transferTo(java.io.OutputStream.nullOutputStream());
            } catch (BadImageException e) {
                throw e;
            } catch (IOException | ArithmeticException e) {
                throw new BadImageException("A layer is no readable tar: " + name + ": " + e.getMessage(), e);
            }
            if (!hex(counted).equals(diffIds.get(name))) {
                throw new BadImageException("A layer is not what the configuration says: " + name);
            }
            return size;
        }

        /** Layers may write {@code ./a} and {@code /a}, which unpack below the root; but never climb. */
        private static void checkPath(String path) throws BadImageException {
            for (var part : path.split("/")) {
                if (part.equals("..")) {
                    throw new BadImageException("A layer's path leads out of the image: " + path);
                }
            }
        }
    }
}
