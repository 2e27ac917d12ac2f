// First bytes at a place of a file, and what they say: images that are decoded, and what people bring in their place,
// with the way to an image (file-kind.ts looks them up).
import { rawPhoto, video, type FileKind } from './known-kinds.ts'

const ascii = (text: string) => Buffer.from(text, 'latin1')
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex')

export const saveAsJpeg = 'Save it as a JPEG or PNG image'
export const notAnImage = 'Leave it out, or pass the image itself'
const unpack = 'Unpack it first'

const jpegXl: FileKind = { name: 'a JPEG XL image', hint: `${saveAsJpeg}: djxl IN OUT.jpg` }
const jpeg2000: FileKind = { name: 'a JPEG 2000 image', hint: saveAsJpeg }
const netpbm: FileKind = { name: 'a Netpbm image (PPM, PGM)', hint: saveAsJpeg }
const icon: FileKind = { name: 'an icon (ICO, ICNS) or cursor', hint: saveAsJpeg }

/** The first row that fits holds. */
export const firstBytes: readonly (readonly [at: number, bytes: Buffer, kind: FileKind])[] = [
  [0, bytes('ff d8 ff f7'), { name: 'a JPEG-LS image', hint: saveAsJpeg }],
  [0, bytes('ff d8 ff'), { image: 'jpeg', name: 'a JPEG image' }],
  [0, bytes('89 50 4e 47'), { image: 'png', name: 'a PNG image' }],
  [0, ascii('GIF8'), { image: 'gif', name: 'a GIF image' }],
  [0, ascii('8BPS'), { name: 'a Photoshop file (PSD)', hint: saveAsJpeg }],
  [0, ascii('gimp xcf'), { name: 'a GIMP file (XCF)', hint: saveAsJpeg }],
  [0, ascii('FUJIFILMCCD-RAW'), rawPhoto],
  [0, ascii('IIU\0'), rawPhoto],
  [0, ascii('IIRO'), rawPhoto],
  [0, ascii('IIRS'), rawPhoto],
  [0, ascii('FOVb'), rawPhoto],
  [0, ascii('\0MRM'), rawPhoto],
  [0, bytes('ff 0a'), jpegXl],
  [4, ascii('JXL '), jpegXl],
  [4, ascii('jP  '), jpeg2000],
  [0, bytes('ff 4f ff 51'), jpeg2000],
  [0, bytes('49 49 bc 01'), { name: 'a JPEG XR image', hint: saveAsJpeg }],
  [0, ascii('P5\n'), netpbm],
  [0, ascii('P6\n'), netpbm],
  [0, ascii('P5 '), netpbm],
  [0, ascii('P6 '), netpbm],
  [0, ascii('P7\n'), netpbm],
  [0, ascii('PF\n'), netpbm],
  [0, bytes('76 2f 31 01'), { name: 'an OpenEXR image', hint: saveAsJpeg }],
  [0, ascii('#?RADIANCE'), { name: 'a Radiance image (HDR)', hint: saveAsJpeg }],
  [0, ascii('#?RGBE'), { name: 'a Radiance image (HDR)', hint: saveAsJpeg }],
  [0, ascii('DDS '), { name: 'a texture (DDS)', hint: saveAsJpeg }],
  [0, ascii('qoif'), { name: 'a QOI image', hint: saveAsJpeg }],
  [0, ascii('%PDF'), { name: 'a PDF document', hint: `${saveAsJpeg}: pdftoppm -jpeg IN OUT` }],
  [0, ascii('%!PS'), { name: 'a PostScript document', hint: saveAsJpeg }],
  [0, bytes('00 00 01 00'), icon],
  [0, bytes('00 00 02 00'), { name: 'an icon (ICO, ICNS), cursor or TGA image', hint: saveAsJpeg }],
  [0, ascii('icns'), icon],
  [0, ascii('PK\x03\x04'), { name: 'a ZIP archive', hint: unpack }],
  [0, bytes('1f 8b'), { name: 'a gzip archive', hint: unpack }],
  [0, ascii('BZh'), { name: 'a bzip2 archive', hint: unpack }],
  [0, bytes('fd 37 7a 58 5a 00'), { name: 'an xz archive', hint: unpack }],
  [0, bytes('28 b5 2f fd'), { name: 'a zstd archive', hint: unpack }],
  [0, ascii('Rar!'), { name: 'a RAR archive', hint: unpack }],
  [0, bytes('37 7a bc af'), { name: 'a 7-Zip archive', hint: unpack }],
  [257, ascii('ustar'), { name: 'a tar archive', hint: unpack }],
  [0, bytes('1a 45 df a3'), video],
  [0, bytes('00 00 01 ba'), video],
  [0, ascii('FLV\x01'), video],
  [0, ascii('OggS'), video],
  [0, bytes('30 26 b2 75 8e 66 cf 11'), video],
  // QuickTime's of before there were brands.
  [4, ascii('moov'), video],
  [4, ascii('mdat'), video],
  [4, ascii('wide'), video],
  [0, bytes('00 05 16 07'), { name: 'a companion file of macOS (AppleDouble)', hint: notAnImage }],
  [
    0,
    bytes('d0 cf 11 e0 a1 b1 1a e1'),
    { name: 'an Office document or Thumbs.db', hint: notAnImage },
  ],
  [
    0,
    ascii('\x93NUMPY'),
    { name: 'a NumPy array', hint: `${saveAsJpeg}, by Pillow: Image.fromarray` },
  ],
  [0, bytes('89 48 44 46'), { name: 'an HDF5 file', hint: `${saveAsJpeg}, by h5py and Pillow` }],
  [0, ascii('SIMPLE  ='), { name: 'a FITS image', hint: `${saveAsJpeg}, by astropy and Pillow` }],
  [128, ascii('DICM'), { name: 'a DICOM image', hint: saveAsJpeg }],
  [
    0,
    ascii('HTTP/1.'),
    {
      name: 'an answer of a web server with its headers',
      hint: 'Fetch the file without them: curl -o FILE, with no -i',
    },
  ],
]
