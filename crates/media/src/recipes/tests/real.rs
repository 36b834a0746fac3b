//! The real programs.

use std::io::Cursor;
use std::process::Command;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

use super::*;
use crate::recipes::{Proof, rebuild, shipped};

const LOSSLESS: &str = "[[step]]\ntakes = ['image/jpeg']\nuse = 'jpeg-to-jxl-lossless'\n";
const PNG: &str = "[[step]]\ntakes = ['image/png']\nuse = 'png-to-jxl-lossless'\n";
const MEMORY: u64 = 1 << 30;

fn exiftool(tools: &Tools, arguments: &[&str], file: &Path) {
    let mut command = Command::new(&tools.exiftool.as_ref().unwrap().path);
    let output = command.args(["-q", "-overwrite_original"]).args(arguments).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_jpeg_comes_back_bit_for_bit() {
    let mut bench = Bench::new(real_tools());
    if !has("packing JPEGs", &bench.tools, &["cjxl"]) {
        return;
    }
    let file = bench.jpeg();
    let derived = bench.derived(&file, LOSSLESS);
    assert_eq!(derived.proof, Proof::Rebuilt);
    assert!(derived.is_lossless && derived.proof.is_exact());
    assert_eq!((derived.recipe.as_str(), derived.extension), ("test/jpeg-to-jxl-lossless", "jxl"));
    let mut bytes = Vec::new();
    rebuild(std::fs::File::open(&derived.file).unwrap(), &mut bytes, MEMORY).unwrap();
    assert_eq!(bytes, std::fs::read(&file).unwrap());
    let error = rebuild(std::fs::File::open(&derived.file).unwrap(), Vec::new(), 1 << 20).unwrap_err();
    assert!(matches!(error, crate::recipes::RebuildError::TooLarge { width: 640, height: 480, .. }), "{error}");
    if has("unpacking by the other decoder", &bench.tools, &["djxl"]) {
        let back = bench.path("back.jpg");
        let djxl = &bench.tools.djxl.as_ref().unwrap().path;
        assert!(Command::new(djxl).args([&*derived.file, &back]).output().unwrap().status.success());
        assert_eq!(std::fs::read(back).unwrap(), bytes);
    }
    let temporary = derived.file.to_path_buf();
    drop(derived);
    assert!(!temporary.exists() && bench.scratch_is_empty());

    // Comments, which the decoder gives back in its own way.
    let whole = std::fs::read(&file).unwrap();
    let comments = [&whole[..2], b"\xff\xfe\x00\x07hello", b"\xff\xfe\x00\x02", &whole[2..]].concat();
    let derived = bench.derived(&bench.file("comments.jpg", &comments), LOSSLESS);
    let mut bytes = Vec::new();
    rebuild(std::fs::File::open(&derived.file).unwrap(), &mut bytes, MEMORY).unwrap();
    assert_eq!(bytes, comments);
    drop(derived);

    // A file of several parts is packed only for who can take it apart again.
    let tail = [std::fs::read(&file).unwrap(), vec![7; 500]].concat();
    let file = bench.file("tail.jpg", &tail);
    assert!(bench.derived(&file, LOSSLESS).proof.is_exact());
    bench.destination = Destination::TakesAsIs;
    assert!(bench.kept(&file, LOSSLESS).contains("has data behind the picture"));
}

#[test]
fn packed_jpegs_that_do_not_come_back_are_refused() {
    let mut bench = Bench::new(real_tools());
    if !has("JPEGs that do not come back", &bench.tools, &["cjxl"]) {
        return;
    }
    let file = bench.jpeg();
    let another = bench.file("another.jpg", &photo(7, 600, 440));
    let real = bench.tools.cjxl.as_ref().unwrap().path.display().to_string();
    let another = another.display();
    for (body, expected) in [
        (format!("exec {real} $1 $2 --lossless_jpeg=0 -d 3"), "there is no JPEG in this JPEG XL"),
        (format!("exec {real} {another} $2 --lossless_jpeg=1"), "does not come back"),
        (format!("{real} $1 $2.x --lossless_jpeg=1; head -c 20000 $2.x > $2; rm $2.x"), "does not come back"),
        (
            format!("{real} $1 $2 --lossless_jpeg=1; printf x | dd of=$2 bs=1 seek=15000 conv=notrunc"),
            "does not come back",
        ),
    ] {
        bench.tools.cjxl = Some(bench.script("cjxl", &body));
        let reasons = bench.kept(&file, LOSSLESS);
        assert!(reasons.contains(expected), "{body}: {reasons}");
    }
}

#[test]
fn damaged_jpegs_stay_or_come_back_damaged_as_they_were() {
    let bench = Bench::new(real_tools());
    if !has("damaged JPEGs", &bench.tools, &["cjxl"]) {
        return;
    }
    let whole = std::fs::read(bench.jpeg()).unwrap();
    for length in [10, 700, whole.len() / 2, whole.len() - 1] {
        let file = bench.file("cut.jpg", &whole[..length]);
        match bench.run(&file, LOSSLESS) {
            Outcome::Kept { reasons } => assert!(!reasons.is_empty()),
            Outcome::Derived(derived) => {
                let mut bytes = Vec::new();
                rebuild(std::fs::File::open(&derived.file).unwrap(), &mut bytes, MEMORY).unwrap();
                assert_eq!(bytes, whole[..length]);
            }
        }
    }
}

fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

fn gradient() -> RgbImage {
    RgbImage::from_fn(200, 150, |x, y| Rgb([(x * y % 256) as u8, (x + y) as u8, (x ^ y) as u8]))
}

#[test]
fn a_png_keeps_every_pixel() {
    let bench = Bench::new(real_tools());
    if !has("packing PNGs", &bench.tools, &["cjxl"]) {
        return;
    }
    let picture = DynamicImage::ImageRgb8(gradient());
    let translucent = DynamicImage::ImageRgba8({
        let mut picture = picture.to_rgba8();
        picture.pixels_mut().for_each(|pixel| pixel.0[3] = pixel.0[0] / 2);
        picture
    });
    for (name, picture) in [
        ("rgb8", picture.clone()),
        ("rgba8", translucent.clone()),
        ("grey8", picture.to_luma8().into()),
        ("grey-alpha8", translucent.to_luma_alpha8().into()),
        ("rgb16", picture.to_rgb16().into()),
        ("rgba16", translucent.to_rgba16().into()),
        ("grey16", picture.to_luma16().into()),
    ] {
        let derived = bench.derived(&bench.file(&format!("{name}.png"), &png(&picture)), PNG);
        assert_eq!(derived.proof, Proof::SamePixels, "{name}");
        assert!(derived.is_lossless && !derived.proof.is_exact());
    }
}

#[test]
fn a_png_that_would_lose_something_stays() {
    let mut bench = Bench::new(real_tools());
    if !has("what PNGs lose", &bench.tools, &["cjxl", "exiftool"]) {
        return;
    }
    let file = bench.file("a.png", &png(&DynamicImage::ImageRgb8(gradient())));
    let tagged = |bench: &Bench, tags: &[&str]| {
        let path = bench.path("tagged.png");
        std::fs::copy(&file, &path).unwrap();
        exiftool(&bench.tools, tags, &path);
        path
    };
    // EXIF and XMP have a place in the JPEG XL.
    let tags = ["-EXIF:DateTimeOriginal=2020:02:03 04:05:06", "-XMP:Rating=4", "-XMP:Subject=a", "-EXIF:Make=M"];
    assert!(bench.derived(&tagged(&bench, &tags), PNG).is_lossless);
    assert!(bench.kept(&tagged(&bench, &["-PNG:Author=me"]), PNG).contains("the text `Author` would be lost"));
    let path = tagged(&bench, &tags);
    let tool = bench.tools.exiftool.take();
    assert!(bench.kept(&path, PNG).contains("exiftool is not installed"));
    bench.tools.exiftool = tool;
    // An encoder that changes one sample, and one that makes another picture.
    let real = bench.tools.cjxl.clone().unwrap().path.display().to_string();
    let mut other = gradient();
    other.get_pixel_mut(199, 149).0[1] ^= 1;
    let other = bench.file("other.png", &png(&DynamicImage::ImageRgb8(other)));
    for (body, expected) in [
        (format!("exec {real} {} $2 -d 0", other.display()), "pixels: those of the PNG became others"),
        (format!("exec {real} $1 $2 -d 2"), "became"),
    ] {
        bench.tools.cjxl = Some(bench.script("cjxl", &body));
        let reasons = bench.kept(&file, PNG);
        assert!(reasons.contains(expected), "{body}: {reasons}");
    }
}

fn turned(bench: &Bench) -> PathBuf {
    let file = bench.jpeg();
    let tags = ["-Orientation#=6", "-XMP:Rating=4", "-XMP:Subject=a", "-XMP:Subject=b", "-Artist=me", "-LensModel=L"];
    exiftool(&bench.tools, &tags, &file);
    file
}

#[test]
fn lossy_pictures_keep_what_they_say_and_how_they_look() {
    let bench = Bench::new(real_tools());
    if !has("lossy pictures", &bench.tools, &["cjxl", "avifenc", "exiftool", "ffmpeg"]) {
        return;
    }
    let file = turned(&bench);
    for (step, media_type) in
        [("use = 'jxl'\ndistance = 2.0", "image/jxl"), ("use = 'avif'\nquality = 60", "image/avif")]
    {
        let derived = bench.derived(&file, &format!("[[step]]\ntakes = ['image/jpeg']\n{step}\n"));
        assert_eq!(derived.media_type, media_type);
        assert!(matches!(derived.proof, Proof::Compared { .. }) && !derived.is_lossless);
    }
}

#[test]
fn what_has_no_place_in_the_result_keeps_the_original() {
    let bench = Bench::new(real_tools());
    if !has("blocks without a place", &bench.tools, &["cjxl", "exiftool", "ffmpeg"]) {
        return;
    }
    let jxl = "[[step]]\ntakes = ['image/jpeg']\nuse = 'jxl'\ndistance = 2.0\n";
    for (tag, expected) in
        [("-IPTC:SpecialInstructions=with care", "SpecialInstructions"), ("-Comment=hello", "Comment")]
    {
        let file = turned(&bench);
        exiftool(&bench.tools, &[tag], &file);
        let reasons = bench.kept(&file, jxl);
        assert!(reasons.contains(expected), "{reasons}");
    }
    let file = turned(&bench);
    exiftool(
        &bench.tools,
        &["-XMP-photoshop:Credit=me", "-XMP-dc:Description-de=alt", "-IPTC:Keywords=a", "-IPTC:Keywords=b"],
        &file,
    );
    assert_eq!(bench.derived(&file, jxl).media_type, "image/jxl");
}

#[test]
fn lossy_results_that_differ_are_refused() {
    let mut bench = Bench::new(real_tools());
    if !has("lossy results that differ", &bench.tools, &["cjxl", "exiftool", "ffmpeg"]) {
        return;
    }
    let file = turned(&bench);
    let tools = bench.tools.clone();
    let path = |tool: &Option<Tool>| tool.as_ref().unwrap().path.display().to_string();
    let (cjxl, real) = (path(&tools.cjxl), path(&tools.exiftool));
    let small = bench.file("small.jpg", &photo(7, 320, 240));
    let another = bench.file("another.jpg", &photo(40, 640, 480));
    exiftool(&tools, &["-Orientation#=6"], &another);
    let jxl = "[[step]]\ntakes = ['image/jpeg']\nuse = 'jxl'\ndistance = 2.0\n";
    for (body, expected) in [
        (
            format!("exec {cjxl} {} $2 --lossless_jpeg=0 -d 3", small.display()),
            "displayed size: 480x640 became 320x240",
        ),
        (format!("exec {cjxl} {} $2 --lossless_jpeg=0 -d 3", another.display()), "looks: 0 became"),
        (format!("exec {cjxl} $1 $2 --lossless_jpeg=0 --override_bitdepth=10 -d 2"), "colours: 8 bits became 10 bits"),
        (format!("{cjxl} $1 $2 --lossless_jpeg=0 -d 3; head -c 3000 $2 > $2.x; mv $2.x $2"), "jxl:"),
    ] {
        bench.tools.cjxl = Some(bench.script("cjxl", &body));
        let reasons = bench.kept(&file, jxl);
        assert!(reasons.contains(expected), "{body}: {reasons}");
    }
    // Metadata that were lost, and an exiftool that lies about having written them.
    bench.tools.cjxl.clone_from(&tools.cjxl);
    for (body, expected) in [
        (
            format!(
                "for last; do :; done; {real} \"$@\"; case \"$*\" in *TagsFromFile*) {real} -q -overwrite_original -XMP:Rating= $last;; esac"
            ),
            "rating",
        ),
        (
            format!(
                "for last; do :; done; {real} \"$@\"; case \"$*\" in *TagsFromFile*) {real} -q -overwrite_original -GPS:all= $last;; esac"
            ),
            "capture date",
        ),
        (
            format!(
                "for last; do :; done; {real} \"$@\"; case \"$*\" in *TagsFromFile*) {real} -q -overwrite_original -Artist= $last;; esac"
            ),
            "Artist",
        ),
        ("exit 1".to_owned(), "exiftool failed"),
    ] {
        bench.tools.exiftool = Some(bench.script("exiftool", &body));
        let reasons = bench.kept(&file, jxl);
        assert!(reasons.contains(expected), "{body}: {reasons}");
    }
}

#[test]
fn special_pictures_are_left_alone_unless_included() {
    let bench = Bench::new(real_tools());
    if !has("special pictures", &bench.tools, &["cjxl", "exiftool"]) {
        return;
    }
    let jxl = "[[step]]\ntakes = ['image/jpeg']\nuse = 'jxl'\ndistance = 2.0\n";
    let file = bench.jpeg();
    exiftool(&bench.tools, &["-XMP-GPano:ProjectionType=equirectangular"], &file);
    assert!(bench.kept(&file, jxl).contains("panorama: left alone"));
    assert!(!bench.derived(&file, &format!("{jxl}include = ['panorama']\n")).is_lossless);
    assert!(bench.derived(&file, LOSSLESS).is_lossless, "a JPEG that comes back bit for bit is no matter");

    let plain = std::fs::read(bench.jpeg()).unwrap();
    let video = b"\0\0\0\x10ftypmp42\0\0\0\0\0\0\0\x08mdat".repeat(40);
    let motion = bench.file("motion.jpg", &plain);
    let offset = format!("-XMP-GCamera:MicroVideoOffset={}", video.len());
    exiftool(&bench.tools, &["-XMP-GCamera:MicroVideo=1", &offset], &motion);
    let motion = bench.file("motion.jpg", &[std::fs::read(&motion).unwrap(), video].concat());
    assert!(bench.kept(&motion, jxl).contains("motion photo: left alone"));
    let flat = DynamicImage::new_rgb8(900, 900);
    let mut bytes = Vec::new();
    flat.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    let flat = bench.file("flat.png", &bytes);
    assert!(bench.kept(&flat, &jxl.replace("jpeg", "png")).contains("is small already"));
}

#[test]
fn commands_of_ones_own_are_proven_like_the_rest() {
    let bench = Bench::new(real_tools());
    if !has("commands", &bench.tools, &["cjxl", "exiftool", "ffmpeg"]) {
        return;
    }
    let real = bench.tools.cjxl.as_ref().unwrap().path.display().to_string();
    bench.script(
        "shrink",
        &format!("echo \"$@\" > {}; exec {real} -d 3 --lossless_jpeg=0 \"$2\" \"$4\"", bench.path("said").display()),
    );
    let command = "[[step]]\ntakes = ['image/*']\ncommand = ['shrink', '--in', '{input}', '--out={name}.{ext}', '{output}']\noutput = 'jxl'\n";
    let named = bench.path("-a 'b' $(c).jpg");
    std::fs::rename(turned(&bench), &named).unwrap();
    let derived = bench.derived(&named, command);
    assert_eq!((derived.recipe.as_str(), derived.is_lossless), ("test/shrink", false));
    drop(derived);
    let said = std::fs::read_to_string(bench.path("said")).unwrap();
    assert!(said.contains("--out=_a 'b' $(c).jpg") && said.contains("/input.jpg "), "{said}");
    bench.script("shrink", "cp \"$2\" \"$4\"");
    assert!(bench.kept(&named, command).contains("are no gain"));
}

fn video(bench: &Bench, name: &str, arguments: &[&str]) -> PathBuf {
    let path = bench.path(name);
    let mut command = Command::new(&bench.tools.ffmpeg.as_ref().unwrap().path);
    command.args(["-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=320x240:rate=25:duration=2"]);
    command.args(["-f", "lavfi", "-i", "sine=duration=2"]).args(arguments);
    let output = command.arg(&path).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    path
}

#[test]
fn videos_keep_sound_length_and_what_they_say() {
    let bench = Bench::new(real_tools());
    if !has("videos", &bench.tools, &["ffmpeg", "ffprobe", "exiftool"]) {
        return;
    }
    let h264 = ["-c:v", "libx264", "-crf", "4", "-preset", "ultrafast", "-c:a", "aac", "-pix_fmt", "yuv420p"];
    let file = video(&bench, "a.mov", &h264);
    let tags = [
        "-Keys:ContentIdentifier=ABC-123",
        "-Keys:CreationDate=2024:03:09 12:34:56+01:00",
        "-Keys:Make=M",
        "-QuickTime:CreateDate=2024:03:09 11:34:56",
        "-Keys:GPSCoordinates=52.5 13.4 20",
    ];
    exiftool(&bench.tools, &tags, &file);
    for (step, media_type) in [("use = 'h265'\ncrf = 30", "video/quicktime"), ("use = 'av1'\ncrf = 45", "video/mp4")] {
        let derived = bench.derived(&file, &format!("[[step]]\ntakes = ['video/*']\ntime_limit_s = 60\n{step}\n"));
        assert_eq!(derived.media_type, media_type);
    }
    let h265 = "[[step]]\ntakes = ['video/*']\ntime_limit_s = 60\nuse = 'h265'\ncrf = 30\n";
    let ten = [&h264[..8], &["-pix_fmt", "yuv420p10le"]].concat();
    assert_eq!(bench.derived(&video(&bench, "ten.mp4", &ten), h265).media_type, "video/mp4");
}

#[test]
fn videos_that_lose_something_stay() {
    let mut bench = Bench::new(real_tools());
    if !has("videos that lose something", &bench.tools, &["ffmpeg", "ffprobe", "exiftool"]) {
        return;
    }
    let h264 = ["-c:v", "libx264", "-crf", "4", "-preset", "ultrafast", "-c:a", "aac", "-pix_fmt", "yuv420p"];
    let file = video(&bench, "a.mp4", &h264);
    let real = bench.tools.ffmpeg.as_ref().unwrap().path.display().to_string();
    let h265 = "[[step]]\ntakes = ['video/*']\ntime_limit_s = 60\nuse = 'h265'\ncrf = 30\n";
    let encode = "for last; do :; done; case \"$*\" in *libx265*) ;; *) exec FF \"$@\";; esac; exec FF -v error -y -i input.mp4 -c:v libx265 -crf 30 -x265-params log-level=error";
    for (rest, expected) in [
        ("-an $last", "channels of sound: [1] became []"),
        ("-c:a copy -t 1 $last", "seconds: "),
        ("-c:a copy -vf scale=160:120 $last", "size: 320x240 became 160x120"),
        ("-c:a copy -pix_fmt yuv420p10le $last", "bits of a sample: 8 became 10"),
        ("-c:a copy -r 12 $last", "frames in a second: 25 became 12"),
        ("-c:a copy -vf negate $last", "looks: "),
    ] {
        let body = format!("{encode} {rest}").replace("FF", &real);
        bench.tools.ffmpeg = Some(bench.script("ffmpeg", &body));
        let reasons = bench.kept(&file, h265);
        assert!(reasons.contains(expected), "{rest}: {reasons}");
    }
}

#[test]
fn the_shipped_profiles_do_what_they_say() {
    let bench = Bench::new(real_tools());
    if !has("shipped profiles", &bench.tools, &["cjxl", "avifenc", "exiftool", "ffmpeg"]) {
        return;
    }
    let (file, engine) = (bench.jpeg(), bench.engine());
    for (name, expected) in [
        ("none", None),
        ("lossless", Some("lossless/jpeg-to-jxl-lossless")),
        ("balanced", Some("balanced/jxl")),
        ("small", Some("small/avif")),
        ("archive-av1", Some("archive-av1/jpeg-to-jxl-lossless")),
    ] {
        let input = Input { path: &file, name: "photo.jpg", destination: Destination::Rebuilds };
        let outcome = engine.run(&input, name, &shipped()[name], &AtomicBool::new(false)).unwrap();
        let recipe = match &outcome {
            Outcome::Derived(derived) => Some(derived.recipe.as_str()),
            Outcome::Kept { .. } => None,
        };
        assert_eq!(recipe, expected, "{outcome:?}");
    }
}
