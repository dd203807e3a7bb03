//! The only file that speaks to the C library: PocketSphinx 5prealpha (`libpocketsphinx.so.3`), loaded at run time.
//!
//! Signatures are those of `pocketsphinx.h`, `cmd_ln.h` and `err.h` of that release. Everything unsafe is here; the rest
//! of voxgate sees a [`Decoder`] that owns its pointer.

#![expect(unsafe_code, reason = "calls a C library through dlopen; each block says why it is sound")]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::ptr::NonNull;
use std::sync::Arc;

use libloading::os::unix;

const BASE: &str = "libsphinxbase.so.3";
const SPHINX: &str = "libpocketsphinx.so.3";

type Config = *mut c_void;
type Ps = *mut c_void;
type Arg = *const c_void;

/// The functions we call, and the libraries that hold them.
pub(super) struct Library {
    ps_args: unsafe extern "C" fn() -> Arg,
    ps_init: unsafe extern "C" fn(Config) -> Ps,
    ps_free: unsafe extern "C" fn(Ps) -> c_int,
    ps_lookup_word: unsafe extern "C" fn(Ps, *const c_char) -> *mut c_char,
    ps_add_word: unsafe extern "C" fn(Ps, *const c_char, *const c_char, c_int) -> c_int,
    ps_set_jsgf_string: unsafe extern "C" fn(Ps, *const c_char, *const c_char) -> c_int,
    ps_set_lm_file: unsafe extern "C" fn(Ps, *const c_char, *const c_char) -> c_int,
    ps_set_search: unsafe extern "C" fn(Ps, *const c_char) -> c_int,
    ps_start_stream: unsafe extern "C" fn(Ps) -> c_int,
    ps_start_utt: unsafe extern "C" fn(Ps) -> c_int,
    ps_process_raw: unsafe extern "C" fn(Ps, *const i16, usize, c_int, c_int) -> c_int,
    ps_end_utt: unsafe extern "C" fn(Ps) -> c_int,
    ps_get_hyp: unsafe extern "C" fn(Ps, *mut i32) -> *const c_char,
    cmd_ln_parse_r: unsafe extern "C" fn(Config, Arg, i32, *mut *mut c_char, i32) -> Config,
    cmd_ln_free_r: unsafe extern "C" fn(Config) -> c_int,
    ckd_free: unsafe extern "C" fn(*mut c_void),
    // Last, so that the code stays mapped as long as the pointers above.
    _sphinx: unix::Library,
    _base: unix::Library,
}

impl Library {
    /// Loads both libraries with their symbols kept to ourselves, and silences their log.
    ///
    /// # Errors
    /// What the loader says, when a library or a symbol is missing.
    pub(super) fn load() -> Result<Arc<Self>, String> {
        let base = open(BASE)?;
        let sphinx = open(SPHINX)?;
        // SAFETY: each type below is the C declaration of the symbol it is looked up by, in the release whose soname is
        // asked for; the libraries live in the same struct as the pointers.
        unsafe {
            let library = Self {
                ps_args: symbol(&sphinx, c"ps_args")?,
                ps_init: symbol(&sphinx, c"ps_init")?,
                ps_free: symbol(&sphinx, c"ps_free")?,
                ps_lookup_word: symbol(&sphinx, c"ps_lookup_word")?,
                ps_add_word: symbol(&sphinx, c"ps_add_word")?,
                ps_set_jsgf_string: symbol(&sphinx, c"ps_set_jsgf_string")?,
                ps_set_lm_file: symbol(&sphinx, c"ps_set_lm_file")?,
                ps_set_search: symbol(&sphinx, c"ps_set_search")?,
                ps_start_stream: symbol(&sphinx, c"ps_start_stream")?,
                ps_start_utt: symbol(&sphinx, c"ps_start_utt")?,
                ps_process_raw: symbol(&sphinx, c"ps_process_raw")?,
                ps_end_utt: symbol(&sphinx, c"ps_end_utt")?,
                ps_get_hyp: symbol(&sphinx, c"ps_get_hyp")?,
                cmd_ln_parse_r: symbol(&base, c"cmd_ln_parse_r")?,
                cmd_ln_free_r: symbol(&base, c"cmd_ln_free_r")?,
                ckd_free: symbol(&base, c"ckd_free")?,
                _sphinx: sphinx,
                _base: base,
            };
            library.silence()?;
            Ok(Arc::new(library))
        }
    }

    /// Without a callback and a file the library's log goes nowhere; it would write hundreds of lines per decoder.
    fn silence(&self) -> Result<(), String> {
        // SAFETY: both functions take a null pointer to mean "none"; no decoder exists yet, so no thread reads them.
        unsafe {
            let set_callback: unsafe extern "C" fn(*mut c_void, *mut c_void) =
                symbol(&self._base, c"err_set_callback")?;
            set_callback(std::ptr::null_mut(), std::ptr::null_mut());
            let set_file: unsafe extern "C" fn(*mut c_void) = symbol(&self._base, c"err_set_logfp")?;
            set_file(std::ptr::null_mut());
        }
        Ok(())
    }
}

fn open(name: &str) -> Result<unix::Library, String> {
    // SAFETY: the libraries' initialisers touch nothing but their own data.
    unsafe { unix::Library::open(Some(name), unix::RTLD_NOW | unix::RTLD_LOCAL) }.map_err(|error| error.to_string())
}

/// # Safety
/// `T` must be the function pointer type of the symbol's C declaration.
unsafe fn symbol<T: Copy>(library: &unix::Library, name: &CStr) -> Result<T, String> {
    // SAFETY: the caller vouches for the type.
    unsafe { library.get::<T>(name.to_bytes_with_nul()) }.map(|symbol| *symbol).map_err(|error| error.to_string())
}

/// What a decoder made of a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hypothesis {
    /// The words, separated by blanks.
    pub(super) text: String,
    /// The path's score in the library's own log unit: only equality means anything to us.
    pub(super) score: i32,
}

/// One PocketSphinx decoder. It may move between threads; one thread at a time uses it.
pub(super) struct Decoder {
    library: Arc<Library>,
    ps: NonNull<c_void>,
    _not_sync: PhantomData<std::cell::Cell<()>>,
}

// SAFETY: a decoder holds no thread-local state and every method takes `&mut self`; what decoders share in the library is
// set in `Library::load`, before the first of them.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Builds a decoder from option names (with their leading `-`) and values.
    ///
    /// # Errors
    /// When the library refuses the options or cannot read the model.
    pub(super) fn new(library: &Arc<Library>, options: &[(&str, String)]) -> Result<Self, String> {
        let words = options.iter().flat_map(|(name, value)| [(*name).to_owned(), value.clone()]);
        let words: Vec<CString> = words.map(c_string).collect::<Result<_, _>>()?;
        let mut argv: Vec<*mut c_char> = words.iter().map(|word| word.as_ptr().cast_mut()).collect();
        let argc = i32::try_from(argv.len()).map_err(|_| "too many options".to_owned())?;
        // SAFETY: `ps_args` returns a static table; argv holds `argc` strings that live until the call returns, and the
        // library copies what it keeps and writes to none of them.
        let config =
            unsafe { (library.cmd_ln_parse_r)(std::ptr::null_mut(), (library.ps_args)(), argc, argv.as_mut_ptr(), 1) };
        if config.is_null() {
            return Err("PocketSphinx refused its options".to_owned());
        }
        // SAFETY: config is valid; `ps_init` keeps a reference of its own, ours is given back once.
        let ps = unsafe {
            let ps = (library.ps_init)(config);
            (library.cmd_ln_free_r)(config);
            ps
        };
        let ps = NonNull::new(ps).ok_or("PocketSphinx could not load its model")?;
        Ok(Self { library: Arc::clone(library), ps, _not_sync: PhantomData })
    }

    /// Whether the decoder's dictionary has this word.
    pub(super) fn knows(&mut self, word: &str) -> bool {
        let Ok(word) = c_string(word) else { return false };
        // SAFETY: the decoder is alive; what comes back is ours to free with the library's own allocator, once.
        unsafe {
            let phones = (self.library.ps_lookup_word)(self.ps.as_ptr(), word.as_ptr());
            if phones.is_null() {
                return false;
            }
            (self.library.ckd_free)(phones.cast());
        }
        true
    }

    /// Adds a word; searches that exist do not learn it.
    pub(super) fn add_word(&mut self, word: &str, phones: &str) -> Result<(), String> {
        let (c_word, c_phones) = (c_string(word)?, c_string(phones)?);
        // SAFETY: the decoder is alive, both strings live through the call, and the library copies them.
        let id = unsafe { (self.library.ps_add_word)(self.ps.as_ptr(), c_word.as_ptr(), c_phones.as_ptr(), 0) };
        if id < 0 { Err(format!("PocketSphinx refused the word \"{word}\"")) } else { Ok(()) }
    }

    /// Makes or replaces the search `name` with a JSGF grammar.
    pub(super) fn set_grammar(&mut self, name: &CStr, jsgf: &str) -> Result<(), String> {
        let jsgf = c_string(jsgf)?;
        // SAFETY: the decoder is alive and both strings live through the call.
        let code = unsafe { (self.library.ps_set_jsgf_string)(self.ps.as_ptr(), name.as_ptr(), jsgf.as_ptr()) };
        checked(code, "PocketSphinx refused the grammar")
    }

    /// Makes or replaces the search `name` with a language model in the ARPA format.
    pub(super) fn set_language_model(&mut self, name: &CStr, path: &str) -> Result<(), String> {
        let path = c_string(path)?;
        // SAFETY: the decoder is alive and both strings live through the call.
        let code = unsafe { (self.library.ps_set_lm_file)(self.ps.as_ptr(), name.as_ptr(), path.as_ptr()) };
        checked(code, "PocketSphinx refused the language model")
    }

    /// Selects the search that the next segment is decoded with.
    pub(super) fn select(&mut self, name: &CStr) -> Result<(), String> {
        // SAFETY: the decoder is alive and the name lives through the call; an unknown name gives a code.
        checked(unsafe { (self.library.ps_set_search)(self.ps.as_ptr(), name.as_ptr()) }, "no such search")
    }

    /// Decodes one whole segment at 16 kHz. `ps_start_stream` resets noise tracking, and a segment given whole has its
    /// cepstral mean taken from itself, so that nothing of an earlier segment is left.
    ///
    /// # Errors
    /// When the library refuses the audio.
    pub(super) fn decode(&mut self, samples: &[i16]) -> Result<Option<Hypothesis>, String> {
        let ps = self.ps.as_ptr();
        // SAFETY: the decoder is alive, the samples live through the call, and the calls come in the order that the
        // library asks for.
        unsafe {
            checked((self.library.ps_start_stream)(ps), "PocketSphinx did not start a stream")?;
            checked((self.library.ps_start_utt)(ps), "PocketSphinx did not start a segment")?;
            let frames = (self.library.ps_process_raw)(ps, samples.as_ptr(), samples.len(), 0, 1);
            let ended = (self.library.ps_end_utt)(ps);
            checked(frames.min(0), "PocketSphinx refused the audio")?;
            checked(ended, "PocketSphinx did not end the segment")?;
        }
        Ok(self.hypothesis())
    }

    fn hypothesis(&mut self) -> Option<Hypothesis> {
        let mut score = 0;
        // SAFETY: the decoder is alive; the text belongs to it and is copied before any other call.
        let text = unsafe {
            let text = (self.library.ps_get_hyp)(self.ps.as_ptr(), &raw mut score);
            if text.is_null() {
                return None;
            }
            CStr::from_ptr(text).to_string_lossy().into_owned()
        };
        Some(Hypothesis { text, score })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `ps_init` and is freed once; the library outlives it by its `Arc`.
        unsafe { (self.library.ps_free)(self.ps.as_ptr()) };
    }
}

fn c_string(text: impl Into<Vec<u8>>) -> Result<CString, String> {
    CString::new(text).map_err(|_| "a NUL byte in a word".to_owned())
}

fn checked(code: c_int, what: &str) -> Result<(), String> {
    if code < 0 { Err(what.to_owned()) } else { Ok(()) }
}
