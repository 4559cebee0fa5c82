//! Every operation that is no upload in parts: what is asked, and what is made of the answer.

use jit_oss::{
    BucketAcl, Callback, DataRedundancy, ErrorKind, ListEntry, ObjectAcl, ObjectId, RestoreSpeed,
    ServerSideEncryption, StorageClass, Timestamp, TransportErrorKind as T, VersionEntry,
    Versioning,
};

use crate::support::scripted::{NOW, Reply, Scene, broken, refusal, reply};

fn xml(body: &str) -> Reply {
    reply(200, &[("content-type", "application/xml")], body)
}

#[tokio::test]
async fn objects_are_listed_in_order_over_all_pages() {
    let object = |key: &str| {
        format!(
            "<Contents><Key>{key}</Key><LastModified>2023-12-16T16:20:57.000Z</LastModified>\
             <ETag>\"AB\"</ETag><Type>Normal</Type><Size>7</Size><StorageClass>IA</StorageClass>\
             <Owner><ID>1</ID><DisplayName>n</DisplayName></Owner></Contents>"
        )
    };
    let page = |more: &str, items: &str| {
        xml(&format!(
            "<ListBucketResult><EncodingType>url</EncodingType>{more}{items}</ListBucketResult>"
        ))
    };
    let scene = Scene::new([
        page(
            "<IsTruncated>true</IsTruncated>\
             <NextContinuationToken>CgJiYw%3D%3D</NextContinuationToken>",
            &(object("p%2F%01")
                + &object("p%2Fz")
                + "<CommonPrefixes><Prefix>p%2Fb%2F</Prefix></CommonPrefixes>\
                   <CommonPrefixes><Prefix>p%2Fc%2F</Prefix></CommonPrefixes>"),
        ),
        page("<IsTruncated>false</IsTruncated>", &object("p%2Fz%2B%20z")),
    ]);
    let list = scene.bucket.list_objects().prefix("p/").delimiter("/").start_after("p/!");
    let mut list = list.fetch_owner().page_size(4).entries();
    let mut names = Vec::new();
    let mut objects = Vec::new();
    while let Some(entry) = list.next().await.unwrap() {
        names.push(entry.name().to_owned());
        if let ListEntry::Object(object) = entry {
            objects.push(object);
        }
    }
    assert_eq!(names, ["p/\u{1}", "p/b/", "p/c/", "p/z", "p/z+ z"]);
    let first = &objects[0];
    assert_eq!((first.size, first.etag.as_deref()), (7, Some("AB")));
    assert_eq!(first.last_modified, Some(Timestamp::from_unix(NOW)));
    assert_eq!(first.storage_class.as_deref(), Some("IA"));
    assert_eq!(first.owner.as_ref().map(|owner| owner.id.as_str()), Some("1"));
    let asked = "GET /?list-type=2&encoding-type=url&prefix=p%2F&delimiter=%2F&start-after=p%2F%21\
                 &fetch-owner=true&max-keys=4";
    assert_eq!(
        scene.targets(),
        [asked.to_owned(), format!("{asked}&continuation-token=CgJiYw%3D%3D")]
    );
}

#[tokio::test]
async fn pages_are_given_whole_and_tell_whether_there_is_more() {
    let page = |more: bool, key: &str| {
        xml(&format!(
            "<ListBucketResult><IsTruncated>{more}</IsTruncated>\
             <NextContinuationToken>t</NextContinuationToken>\
             <Contents><Key>{key}1</Key><Size>0</Size></Contents>\
             <Contents><Key>{key}2</Key><Size>0</Size></Contents></ListBucketResult>"
        ))
    };
    let scene = Scene::new([page(true, "a"), page(false, "b")]);
    let mut list = scene.bucket.list_objects().entries();
    assert_eq!(list.next().await.unwrap().unwrap().name(), "a1");
    let rest = list.next_page().await.unwrap().unwrap();
    assert_eq!((rest.items.len(), rest.has_more()), (1, true));
    let last = list.next_page().await.unwrap().unwrap();
    assert_eq!((last.items.len(), last.has_more()), (2, false));
    assert_eq!((last.receipt.attempts, last.receipt.request_id.as_deref()), (1, Some("R1")));
    assert!(list.next_page().await.unwrap().is_none());
}

#[tokio::test]
async fn lists_that_make_no_sense_are_told() {
    for (body, message) in [
        ("<Other/>", "the answer is no readable <ListBucketResult>"),
        (
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "the answer's <ListBucketResult> has no <NextContinuationToken>",
        ),
        (
            "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
            "the answer's <Contents> has no <Key>",
        ),
        (
            "<ListBucketResult><Contents><Key>k</Key><Size>-1</Size></Contents></ListBucketResult>",
            "<Size> in the answer's <Contents> is no number",
        ),
        (
            "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%zz</Key></Contents>\
             </ListBucketResult>",
            "the answer's <Key> is badly escaped",
        ),
    ] {
        let scene = Scene::new([xml(body)]);
        let error = scene.bucket.list_objects().entries().next().await.unwrap_err();
        assert_eq!(error.to_string(), format!("ListObjectsV2 bkt: {message}"));
        assert_eq!(error.kind(), ErrorKind::Protocol);
    }
}

#[tokio::test]
async fn versions_are_listed_with_their_marks() {
    let scene = Scene::new([
        xml("<ListVersionsResult><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>\
             <NextKeyMarker>a%20b</NextKeyMarker><NextVersionIdMarker>V1</NextVersionIdMarker>\
             <DeleteMarker><Key>a%20b</Key><VersionId>V2</VersionId><IsLatest>true</IsLatest>\
             </DeleteMarker><Version><Key>a%20b</Key><VersionId>V1</VersionId>\
             <IsLatest>false</IsLatest><Size>3</Size></Version></ListVersionsResult>"),
        xml("<ListVersionsResult><IsTruncated>false</IsTruncated></ListVersionsResult>"),
    ]);
    let versions = scene.bucket.list_object_versions().entries().all().await.unwrap();
    let told: Vec<_> = versions
        .iter()
        .map(|entry| {
            let is_marker = matches!(entry, VersionEntry::DeleteMarker { is_latest: true, .. });
            (entry.name(), entry.version_id().unwrap(), is_marker)
        })
        .collect();
    assert_eq!(told, [("a b", "V2", true), ("a b", "V1", false)]);
    assert_eq!(
        scene.targets()[1],
        "GET /?versions&encoding-type=url&max-keys=1000&key-marker=a%20b&version-id-marker=V1"
    );
}

#[tokio::test]
async fn many_are_deleted_and_each_is_told() {
    let answer = "<DeleteResult><EncodingType>url</EncodingType>\
                  <Deleted><Key>a%26b</Key></Deleted>\
                  <Deleted><Key>m</Key><DeleteMarker>true</DeleteMarker>\
                  <DeleteMarkerVersionId>D1</DeleteMarkerVersionId></Deleted>\
                  <Deleted><Key>v</Key><VersionId>V1</VersionId></Deleted></DeleteResult>";
    let marker = reply(204, &[("x-oss-delete-marker", "true"), ("x-oss-version-id", "D2")], "");
    let scene = Scene::new([xml(answer), marker]);
    let objects = [
        ObjectId::from("a&b"),
        ObjectId::from("no\0"),
        ObjectId::from("m"),
        ObjectId::version("v", "V1"),
        ObjectId::version("v", "V2"),
        ObjectId::from("c\r\u{1}"),
    ];
    let told = scene.bucket.delete_objects(objects).await.unwrap();
    let outcomes: Vec<_> = told
        .objects
        .iter()
        .map(|told| (told.object.key.as_str(), told.outcome.as_ref().ok()))
        .map(|(key, done)| (key, done.map(|d| d.delete_marker_version_id.as_deref())))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("a&b", Some(None)),
            ("no\0", Some(Some("D2"))),
            ("m", Some(Some("D1"))),
            ("v", Some(None)),
            ("v", None),
            ("c\r\u{1}", None),
        ]
    );
    assert_eq!(told.failed().count(), 2);
    let error = told.all_deleted().unwrap_err();
    assert_eq!(
        error.to_string(),
        "DeleteMultipleObjects bkt/v: OSS does not say that it deleted the object"
    );
    assert_eq!(scene.targets(), ["POST /?delete&encoding-type=url", "DELETE /no%00"]);
    assert_eq!(scene.sent("content-md5")[0].len(), 24);
    assert_eq!(
        scene.bodies().await[0],
        "<Delete><Quiet>false</Quiet><Object><Key>a&amp;b</Key></Object><Object><Key>m</Key></Object>\
         <Object><Key>v</Key><VersionId>V1</VersionId></Object>\
         <Object><Key>v</Key><VersionId>V2</VersionId></Object>\
         <Object><Key>c&#13;&#1;</Key></Object></Delete>"
    );
}

#[tokio::test]
async fn more_than_a_thousand_take_several_requests_and_lose_nothing() {
    let answer = |keys: std::ops::Range<u32>| {
        let deleted: String =
            keys.map(|key| format!("<Deleted><Key>{key}</Key></Deleted>")).collect();
        xml(&format!("<DeleteResult>{deleted}</DeleteResult>"))
    };
    let keys = || (0..2001).map(|key: u32| key.to_string());
    let script = || [answer(0..1000), refusal(403, "AccessDenied"), answer(2000..2001)];
    let scene = Scene::new(script());
    let told = scene.bucket.delete_objects(keys()).await.unwrap();
    assert_eq!((told.objects.len(), told.failed().count()), (2001, 1000));
    assert!(told.failed().all(|failed| (1000..2000).contains(&failed.object.key.parse().unwrap())));
    assert_eq!(told.all_deleted().unwrap_err().kind(), ErrorKind::AccessDenied);
    // Where nothing was deleted, there is nothing to tell of each.
    let scene = Scene::new([refusal(403, "AccessDenied")]);
    let error = scene.bucket.delete_objects(keys()).await.unwrap_err();
    assert_eq!((error.kind(), scene.attempts()), (ErrorKind::AccessDenied, 1));
    let scene = Scene::new([]);
    let error = scene.bucket.delete_objects(["a", "/b"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(scene.bucket.delete_objects(Vec::<String>::new()).await.unwrap().objects.is_empty());
}

#[tokio::test]
async fn a_copy_says_what_of_and_what_stays() {
    let answer = "<CopyObjectResult><LastModified>2023-12-16T16:20:57.000Z</LastModified>\
                  <ETag>\"AB\"</ETag></CopyObjectResult>";
    let headers = [
        ("x-oss-hash-crc64ecma", "7"),
        ("x-oss-version-id", "V2"),
        ("x-oss-copy-source-version-id", "V1"),
    ];
    let scene = Scene::new([reply(200, &headers, answer)]);
    let copy = scene.bucket.copy_object("dir/a b?", "c").source_version("V1");
    let copy = copy.if_source_match("E").if_source_unmodified_since(Timestamp::from_unix(NOW));
    let copy = copy.replace_metadata().content_type("text/plain").replace_tags().tag("a", "b");
    let copy = copy.acl(ObjectAcl::PublicRead).forbid_overwrite().await.unwrap();
    assert_eq!((copy.etag.as_str(), copy.crc64), ("AB", Some(7)));
    assert_eq!(copy.source_version_id.as_deref(), Some("V1"));
    for (name, value) in [
        ("x-oss-copy-source", "/bkt/dir/a%20b%3F?versionId=V1"),
        ("x-oss-copy-source-if-match", "\"E\""),
        ("x-oss-copy-source-if-unmodified-since", "Sat, 16 Dec 2023 16:20:57 GMT"),
        ("x-oss-metadata-directive", "REPLACE"),
        ("content-type", "text/plain"),
        ("x-oss-tagging-directive", "Replace"),
        ("x-oss-tagging", "a=b"),
        ("x-oss-object-acl", "public-read"),
        ("x-oss-forbid-overwrite", "true"),
    ] {
        assert_eq!(scene.sent(name), [value], "{name}");
    }
}

#[tokio::test]
async fn an_append_is_checked_as_a_whole_and_never_repeated_blindly() {
    let crc = |text: &str| jit_oss::crc64::of(text.as_bytes()).to_string();
    let answer = |next: &str, crc: &str| {
        reply(200, &[("x-oss-next-append-position", next), ("x-oss-hash-crc64ecma", crc)], "")
    };
    let scene = Scene::new([answer("3", &crc("abc")), answer("6", &crc("abcdef"))]);
    let first = scene.bucket.append_object("log", 0, "abc").await.unwrap();
    assert!(first.receipt.crc_verified && first.receipt.bytes == 3);
    let second = scene.bucket.append_object("log", first.next_position, "def");
    let second = second.crc64_before(first.crc64.unwrap()).await.unwrap();
    assert_eq!((second.next_position, second.receipt.crc_verified), (6, true));
    assert_eq!(scene.targets(), ["POST /log?append&position=0", "POST /log?append&position=3"]);

    let object = |size: &str, crc: &str| {
        reply(200, &[("content-length", size), ("x-oss-hash-crc64ecma", crc)], "")
    };
    let scene = Scene::new([answer("6", &crc("xyzdef")), object("6", &crc("xyzdef"))]);
    let append = scene.bucket.append_object("log", 3, "def").crc64_before(first.crc64.unwrap());
    assert_eq!(append.await.unwrap_err().kind(), ErrorKind::Inconsistent);
    let scene = Scene::new([answer("6", "7")]);
    let unchecked = scene.bucket.append_object("log", 3, "def").await.unwrap();
    assert!(!unchecked.receipt.crc_verified, "what was there before is not known");

    let lost = || broken(T::Interrupted);
    let taken = || refusal(409, "PositionNotEqualToLength");
    for (replies, methods) in [
        (vec![lost(), object("6", &crc("abcdef"))], "POST HEAD"),
        (vec![lost(), object("3", &crc("abc")), answer("6", &crc("abcdef"))], "POST HEAD POST"),
        // It was under way when it was looked for.
        (
            vec![lost(), object("3", &crc("abc")), taken(), object("6", &crc("abcdef"))],
            "POST HEAD POST HEAD",
        ),
    ] {
        let scene = Scene::new(replies);
        let append = scene.bucket.append_object("log", 3, "def").crc64_before(first.crc64.unwrap());
        assert_eq!(append.await.unwrap().next_position, 6);
        assert_eq!(scene.methods().join(" "), methods);
    }
    let scene = Scene::new([lost(), refusal(404, "NoSuchKey"), answer("3", &crc("abc"))]);
    scene.bucket.append_object("log", 0, "abc").await.unwrap();
    assert_eq!(scene.methods(), ["POST", "HEAD", "POST"]);
    let others = object("9", &crc("abcdefghi"));
    for (replies, before) in [(vec![lost(), others], first.crc64), (vec![lost()], None)] {
        let scene = Scene::new(replies);
        let append = scene.bucket.append_object("log", 3, "def");
        let append = match before {
            Some(before) => append.crc64_before(before),
            None => append,
        };
        assert!(append.await.unwrap_err().outcome_unknown());
    }

    let body = "<Error><Code>PositionNotEqualToLength</Code></Error>";
    let scene = Scene::new([reply(409, &[("x-oss-next-append-position", "9")], body)]);
    let error = scene.bucket.append_object("log", 0, "abc").await.unwrap_err();
    assert_eq!((error.kind(), error.next_append_position()), (ErrorKind::Conflict, Some(9)));
}

#[tokio::test]
async fn acls_tags_and_links_come_back() {
    let policy = |grant: &str| {
        xml(&format!(
            "<AccessControlPolicy><Owner><ID>1</ID></Owner><AccessControlList>\
             <Grant>{grant}</Grant></AccessControlList></AccessControlPolicy>"
        ))
    };
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag>\
                <Tag><Key>b</Key><Value/></Tag></TagSet></Tagging>";
    let scene = Scene::new([
        reply(200, &[], ""),
        policy("public-read"),
        policy("private"),
        policy("odd"),
        reply(200, &[("x-oss-version-id", "V1")], ""),
        xml(tags),
        reply(204, &[], ""),
        reply(200, &[], ""),
        reply(200, &[("x-oss-symlink-target", "a%20b/%E2%82%AC")], ""),
    ]);
    let bucket = &scene.bucket;
    bucket.put_object_acl("k", ObjectAcl::Private).version("V1").await.unwrap();
    assert_eq!(bucket.get_object_acl("k").await.unwrap().acl, ObjectAcl::PublicRead);
    assert_eq!(bucket.acl().await.unwrap().acl, BucketAcl::Private);
    assert_eq!(bucket.acl().await.unwrap_err().kind(), ErrorKind::Protocol);
    let put = bucket.put_object_tagging("k", [("a", "1 & 2"), ("b", "")]).await.unwrap();
    assert_eq!(put.version_id.as_deref(), Some("V1"));
    let got = bucket.get_object_tagging("k").await.unwrap().tags;
    assert_eq!(got, [("a".to_owned(), "1 & 2".to_owned()), ("b".to_owned(), String::new())]);
    bucket.delete_object_tagging("k").await.unwrap();
    bucket.put_symlink("k", "a b/€").await.unwrap();
    assert_eq!(bucket.get_symlink("k").await.unwrap().target, "a b/€");
    assert_eq!(scene.sent("x-oss-symlink-target")[7], "a%20b/%E2%82%AC");
    assert_eq!(
        scene.targets(),
        [
            "PUT /k?acl&versionId=V1",
            "GET /k?acl",
            "GET /?acl",
            "GET /?acl",
            "PUT /k?tagging",
            "GET /k?tagging",
            "DELETE /k?tagging",
            "PUT /k?symlink",
            "GET /k?symlink",
        ]
    );
    let bodies = scene.bodies().await;
    assert_eq!(
        bodies[4],
        "<Tagging><TagSet><Tag><Key>a</Key><Value>1 &amp; 2</Value></Tag>\
         <Tag><Key>b</Key><Value></Value></Tag></TagSet></Tagging>"
    );
    let error = bucket.put_object_tagging("k", (0..11).map(|i| (i.to_string(), "")));
    let error = error.await.unwrap_err();
    assert_eq!(error.to_string(), "PutObjectTagging bkt/k: an object has at most 10 tags, not 11");
    let error = bucket.put_symlink("k", "/x").await.unwrap_err();
    assert!(error.to_string().starts_with("PutSymlink bkt/k: the target: "), "{error}");
}

#[tokio::test]
async fn an_archived_object_is_restored() {
    let scene = Scene::new([
        reply(202, &[], ""),
        reply(200, &[], ""),
        refusal(409, "RestoreAlreadyInProgress"),
        reply(200, &[], ""),
    ]);
    let bucket = &scene.bucket;
    let restore = bucket.restore_object("k").days(3).speed(RestoreSpeed::Bulk).await.unwrap();
    assert!(!restore.already_restored);
    assert!(bucket.restore_object("k").await.unwrap().already_restored);
    let error = bucket.restore_object("k").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    bucket.clean_restored_object("k").await.unwrap();
    let error = bucket.restore_object("k").days(0).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(scene.targets()[0], "POST /k?restore");
    assert_eq!(scene.targets()[3], "POST /k?cleanRestoredObject");
    assert_eq!(
        scene.bodies().await[..2],
        [
            "<RestoreRequest><Days>3</Days><JobParameters><Tier>Bulk</Tier></JobParameters>\
             </RestoreRequest>",
            "<RestoreRequest><Days>1</Days></RestoreRequest>",
        ]
    );
}

#[tokio::test]
async fn buckets_are_made_asked_about_and_removed() {
    let info = "<BucketInfo><Bucket><Name>bkt</Name><Location>oss-cn-hangzhou</Location>\
                <CreationDate>2023-12-16T16:20:57.000Z</CreationDate><Versioning>Enabled</Versioning>\
                <AccessControlList><Grant>private</Grant></AccessControlList>\
                <Owner><ID>1</ID></Owner></Bucket></BucketInfo>";
    let stat = "<BucketStat><Storage>9</Storage><ObjectCount>2</ObjectCount></BucketStat>";
    let versioning =
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>";
    let scene = Scene::new([
        reply(200, &[], ""),
        xml(info),
        xml("<LocationConstraint>oss-cn-hangzhou</LocationConstraint>"),
        xml(stat),
        reply(200, &[], ""),
        reply(200, &[], ""),
        xml(versioning),
        xml("<VersioningConfiguration/>"),
        refusal(409, "BucketNotEmpty"),
        reply(204, &[], ""),
    ]);
    let bucket = &scene.bucket;
    let create = bucket.create().acl(BucketAcl::PublicRead).storage_class(StorageClass::Archive);
    create.data_redundancy(DataRedundancy::Zones).await.unwrap();
    let info = bucket.info().await.unwrap();
    assert_eq!((info.name.as_str(), info.versioning), ("bkt", Some(Versioning::Enabled)));
    assert_eq!((info.acl, info.creation_date.unwrap().unix()), (Some(BucketAcl::Private), NOW));
    assert_eq!(bucket.location().await.unwrap().location, "oss-cn-hangzhou");
    let stat = bucket.stat().await.unwrap();
    assert_eq!((stat.storage, stat.object_count, stat.multipart_upload_count), (9, 2, 0));
    bucket.put_acl(BucketAcl::Private).await.unwrap();
    bucket.put_versioning(Versioning::Enabled).await.unwrap();
    assert_eq!(bucket.versioning().await.unwrap().status, Some(Versioning::Suspended));
    assert_eq!(bucket.versioning().await.unwrap().status, None);
    assert_eq!(bucket.delete().await.unwrap_err().kind(), ErrorKind::Conflict);
    bucket.delete().await.unwrap();
    assert_eq!(
        scene.targets(),
        [
            "PUT /",
            "GET /?bucketInfo",
            "GET /?location",
            "GET /?stat",
            "PUT /?acl",
            "PUT /?versioning",
            "GET /?versioning",
            "GET /?versioning",
            "DELETE /",
            "DELETE /",
        ]
    );
    assert_eq!(scene.sent("x-oss-acl")[..5], ["public-read", "", "", "", "private"]);
    assert_eq!(
        scene.bodies().await[0],
        "<CreateBucketConfiguration><StorageClass>Archive</StorageClass>\
         <DataRedundancyType>ZRS</DataRedundancyType></CreateBucketConfiguration>"
    );
}

#[tokio::test]
async fn buckets_are_listed_at_the_service() {
    let scene = Scene::new([
        xml("<ListAllMyBucketsResult><IsTruncated>true</IsTruncated><NextMarker>a</NextMarker>\
             <Buckets><Bucket><Name>a</Name><Region>cn-hangzhou</Region></Bucket></Buckets>\
             </ListAllMyBucketsResult>"),
        xml("<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>"),
    ]);
    let list = scene.bucket.client().list_buckets().prefix("a").buckets().unwrap();
    let buckets = list.all().await.unwrap();
    assert_eq!(buckets.len(), 1);
    assert_eq!(buckets[0].region.as_deref(), Some("cn-hangzhou"));
    assert_eq!(scene.targets(), ["GET /?prefix=a", "GET /?prefix=a&marker=a"]);
    assert_eq!(scene.sent("host"), ["oss.example.com", "oss.example.com"]);
}

#[tokio::test]
async fn versions_are_named_where_they_can_be() {
    let scene = Scene::new([
        reply(200, &[], ""),
        reply(200, &[], ""),
        reply(200, &[], ""),
        reply(204, &[("x-oss-delete-marker", "true")], ""),
    ]);
    let bucket = &scene.bucket;
    bucket.get_object("k").version("V1").await.unwrap();
    bucket.head_object("k").version("V1").await.unwrap();
    bucket.get_object_meta("k").version("V1").await.unwrap();
    assert!(bucket.delete_object("k").version("V1").await.unwrap().delete_marker);
    assert_eq!(
        scene.targets(),
        [
            "GET /k?versionId=V1",
            "HEAD /k?versionId=V1",
            "HEAD /k?objectMeta&versionId=V1",
            "DELETE /k?versionId=V1",
        ]
    );
}

#[tokio::test]
async fn headers_are_typed_and_sent_as_oss_names_them() {
    let scene = Scene::new([reply(200, &[], "{\"ok\":1}"), reply(200, &[], "")]);
    let kms = ServerSideEncryption::Kms { key_id: Some("K".to_owned()), sm4: true };
    let put = scene.bucket.put_object("k", "").storage_class(StorageClass::ColdArchive);
    let put = put.acl(ObjectAcl::Private).server_side_encryption(&kms).traffic_limit(819_200);
    let put = put.content_encoding("gzip").content_language("en");
    let put = put.expires(Timestamp::from_unix(NOW)).tag("a b", "c").tag("d", "");
    let put = put.callback(&Callback::new("http://cb/", "x=1").variable("u", "1")).await.unwrap();
    assert_eq!(put.callback_answer.as_deref(), Some(&b"{\"ok\":1}"[..]));
    for (name, value) in [
        ("x-oss-storage-class", "ColdArchive"),
        ("x-oss-object-acl", "private"),
        ("x-oss-server-side-encryption", "KMS"),
        ("x-oss-server-side-encryption-key-id", "K"),
        ("x-oss-server-side-data-encryption", "SM4"),
        ("x-oss-traffic-limit", "819200"),
        ("content-encoding", "gzip"),
        ("content-language", "en"),
        ("expires", "Sat, 16 Dec 2023 16:20:57 GMT"),
        ("x-oss-tagging", "a%20b=c&d="),
        ("x-oss-callback-var", "eyJ4OnUiOiIxIn0="),
    ] {
        assert_eq!(scene.sent(name)[0], value, "{name}");
    }
    let again = scene.bucket.put_object("k", "").server_side_encryption(&kms);
    again.server_side_encryption(&ServerSideEncryption::Aes256).await.unwrap();
    assert_eq!(scene.sent("x-oss-server-side-encryption")[1], "AES256");
    assert_eq!(scene.sent("x-oss-server-side-encryption-key-id")[1], "");
    let error = scene.bucket.put_object("k", "").metadata("m", "v".repeat(9000));
    assert_eq!(
        error.await.unwrap_err().to_string(),
        "PutObject bkt/k: the user metadata has 9001 bytes, more than 8192"
    );
}

#[tokio::test]
async fn conditions_are_sent_and_told_when_they_do_not_hold() {
    let scene = Scene::new([reply(304, &[], ""), refusal(412, "PreconditionFailed")]);
    let get = scene.bucket.get_object("k").if_none_match("AB");
    let get = get.if_modified_since(Timestamp::from_unix(NOW));
    assert_eq!(get.await.unwrap_err().kind(), ErrorKind::Precondition);
    let head = scene.bucket.head_object("k").if_match("AB");
    let head = head.if_unmodified_since(Timestamp::from_unix(NOW));
    assert_eq!(head.await.unwrap_err().kind(), ErrorKind::Precondition);
    assert_eq!(scene.sent("if-none-match"), ["\"AB\"", ""]);
    assert_eq!(scene.sent("if-match"), ["", "\"AB\""]);
    let moment = "Sat, 16 Dec 2023 16:20:57 GMT";
    assert_eq!(scene.sent("if-modified-since"), [moment, ""]);
    assert_eq!(scene.sent("if-unmodified-since"), ["", moment]);
}

#[tokio::test]
async fn a_failed_callback_says_that_the_object_is_stored() {
    let scene = Scene::new([refusal(203, "CallbackFailed")]);
    let put = scene.bucket.put_object("k", "").callback(&Callback::new("http://cb/", ""));
    let error = put.await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Callback, 1));
}

#[tokio::test]
async fn a_file_appears_when_it_is_complete() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file.bin");
    let crc = jit_oss::crc64::of(b"123456789").to_string();
    let good = || reply(200, &[("x-oss-hash-crc64ecma", &crc)], "123456789");
    let wrong = || reply(200, &[("x-oss-hash-crc64ecma", "1")], "123456789");
    let scene = Scene::new([wrong(), good()]);
    let got = scene.bucket.get_object("k").to_file(&path).await.unwrap();
    assert_eq!((got.receipt.bytes, got.receipt.attempts), (9, 2));
    assert!(got.receipt.crc_verified);
    assert_eq!(std::fs::read(&path).unwrap(), b"123456789");

    let scene = Scene::new([wrong(), wrong(), wrong()]);
    let error = scene.bucket.get_object("k").to_file(&path).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent);
    assert_eq!(std::fs::read(&path).unwrap(), b"123456789", "the old one stays");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");

    let scene = Scene::new([good()]);
    let nowhere = directory.path().join("missing/file.bin");
    let error = scene.bucket.get_object("k").to_file(&nowhere).await.unwrap_err();
    let message =
        format!("GetObject bkt/k: cannot write `{}`: entity not found", nowhere.display());
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Io, message));
}
